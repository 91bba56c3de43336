"""The part of OData that Microsoft Graph's directory understands: query options, filters, and what may be filtered how.

Pure: text in, compiled queries out. It never looks at a tenant. Source: OASIS OData 4.01 URL conventions, and Microsoft
Graph, "Use query parameters" and "Advanced query capabilities on directory objects".
"""

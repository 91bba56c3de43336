"""Sending a message by Apprise. The address of a channel is a secret: it is never told, not even where it fails.

Apprise is an extra (``notify``), imported when there is something to send. It keeps nothing on disk, loads no plug-ins
of the machine, and its own log is silenced by :mod:`auditor.logs`: what went wrong comes back as a value.
"""

from auditor.notify.message import Message

TIMEOUT_S = 20.0
"""For one service, its repetitions included."""


def deliver(address: str, message: Message) -> str | None:
    """Send ``message`` to the Apprise address (or several, separated by spaces or commas); None where it was taken.

    Else what went wrong, in words that hold nothing of the address.
    """
    try:
        from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
        from apprise.common import PersistentStoreMode
        from apprise.exception import AppriseException
    except ModuleNotFoundError:
        return "Apprise is not installed: install entra-saml-auditor[notify]"
    asset = AppriseAsset(
        app_id="auditor",
        app_desc="entra-saml-auditor",
        async_mode=False,
        storage_mode=PersistentStoreMode.MEMORY,
        service_timeout=TIMEOUT_S,
        allow_templates=False,
    )
    channel = Apprise(asset=asset)
    if not channel.add(address):
        return "the address is none that Apprise understands"
    try:
        answer = channel.notify(
            title=message.title, body=message.body, body_format=NotifyFormat.TEXT, notify_type=NotifyType.WARNING
        )
    except (AppriseException, OSError, TypeError, ValueError) as error:
        return f"Apprise could not send it ({type(error).__name__})"
    if answer:
        return None
    refused = sorted({str(service.name) for service in answer.results if not service})
    return f"{', '.join(refused) or 'the service'} did not take it"

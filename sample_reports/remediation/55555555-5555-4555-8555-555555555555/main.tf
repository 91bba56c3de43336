# Plan ac0066a74b65 for tenant 55555555-5555-4555-8555-555555555555, from scan "demo-20261123T120000Z" of 2026-11-23T12:00:00Z.
# Look first with: terraform plan. Back to what the scan saw: terraform apply -var rollback=true
# It takes the objects under Terraform's management; settings that the plan does not touch are left alone.
# Step 2 is done by hand: "Upload the new certificate at the vendor".
# Step 3 is left to the scripts: "Activate the new signing certificate".
# Step 4 is left to the scripts: "Remove expired signing certificates".

terraform {
  required_version = ">= 1.7"

  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = ">= 3.0, < 4.0"
    }
  }
}

provider "azuread" {
  tenant_id = "55555555-5555-4555-8555-555555555555"
}

variable "rollback" {
  description = "true gives every setting the value that the scan saw."
  type        = bool
  default     = false
}

resource "azuread_service_principal_token_signing_certificate" "app_1" {
  service_principal_id = "/servicePrincipals/7a000000-0000-4000-8000-000000000001"
  display_name         = "CN=Microsoft Azure Federated SSO Certificate 20432a88"
  end_date             = "2029-11-23T12:00:00Z"
  count                = var.rollback ? 0 : 1
}

# Plan 5cdbca89e3a9 for tenant 11111111-1111-4111-8111-111111111111, from scan "demo-20261122T120000Z" of 2026-11-22T12:00:00Z.
# Look first with: terraform plan. Back to what the scan saw: terraform apply -var rollback=true
# It takes the objects under Terraform's management; settings that the plan does not touch are left alone.

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
  tenant_id = "11111111-1111-4111-8111-111111111111"
}

variable "rollback" {
  description = "true gives every setting the value that the scan saw."
  type        = bool
  default     = false
}

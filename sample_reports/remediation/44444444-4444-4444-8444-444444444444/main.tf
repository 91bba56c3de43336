# Plan c58bced6080e for tenant 44444444-4444-4444-8444-444444444444, from scan "demo-20261123T120000Z" of 2026-11-23T12:00:00Z.
# Look first with: terraform plan. Back to what the scan saw: terraform apply -var rollback=true
# It takes the objects under Terraform's management; settings that the plan does not touch are left alone.
# Step 1 is done by hand: "GoToMeeting is in the tenant".

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
  tenant_id = "44444444-4444-4444-8444-444444444444"
}

variable "rollback" {
  description = "true gives every setting the value that the scan saw."
  type        = bool
  default     = false
}

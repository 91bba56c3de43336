# Plan 4b7d88590133 for tenant 11111111-1111-4111-8111-111111111111, from scan "drifted-20261123T120000Z" of 2026-11-23T12:00:00Z.
# Look first with: terraform plan. Back to what the scan saw: terraform apply -var rollback=true
# It takes the objects under Terraform's management; settings that the plan does not touch are left alone.
# Step 4 is done by hand: "No assigned group takes in everybody".

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

variable "app_1_add_owner" {
  description = "Step 3: The object id of the user, or service principal, that is to own it."
  type        = string
}

import {
  to = azuread_application_redirect_uris.app_1
  id = "/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8/redirectUris/Web"
}

resource "azuread_application_redirect_uris" "app_1" {
  application_id = "/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8"
  type           = "Web"
  redirect_uris  = var.rollback ? ["https://authentication.logmeininc.com/saml/acs", "https://sso-proxy.contoso.example/saml/acs"] : ["https://authentication.logmeininc.com/saml/acs"]

  lifecycle {
    prevent_destroy = true
  }
}

import {
  to = azuread_service_principal.app_1
  id = "/servicePrincipals/c0000000-0000-4000-8000-000000000001"
}

resource "azuread_service_principal" "app_1" {
  client_id = "b731b498-c254-58be-94c3-23fe4b88a24c"
  owners    = var.rollback ? [] : setunion([], [var.app_1_add_owner])

  saml_single_sign_on {
    relay_state = var.rollback ? "https://global.gotowebinar.com" : "https://global.gotomeeting.com"
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [account_enabled, alternative_names, app_role_assignment_required, description, feature_tags, login_url, notes, notification_email_addresses, preferred_single_sign_on_mode, tags]
  }
}

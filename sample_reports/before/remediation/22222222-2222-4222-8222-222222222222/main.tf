# Plan ae3d0cc27712 for tenant 22222222-2222-4222-8222-222222222222, from scan "demo-20261122T120000Z" of 2026-11-22T12:00:00Z.
# Look first with: terraform plan. Back to what the scan saw: terraform apply -var rollback=true
# It takes the objects under Terraform's management; settings that the plan does not touch are left alone.
# Step 1 is done by hand: "There is exactly one instance".
# Step 2 is done by hand: "The application comes from the gallery's GoToMeeting template".
# Step 3 is left to the scripts: "Remove a client secret of the service principal".
# Step 4 is left to the scripts: "Remove a key of the application".
# Step 10 is done by hand: "Reply URLs are safe places to send assertions to".
# Step 11 is done by hand: "Assertions are signed with SHA-256".
# Step 14 is done by hand: "Reply URLs are safe places to send assertions to".
# Step 17 is done by hand: "Upload the new certificate at the vendor".
# Step 19 is done by hand: "Upload the new certificate at the vendor".
# Step 20 is left to the scripts: "Name the active signing certificate".
# Step 27 is done by hand: "Every assignment has a role that the application defines".
# Step 28 is done by hand: "No guest is assigned without being named".
# Step 29 is done by hand: "No assigned group takes in everybody".
# Step 30 is done by hand: "A sign-on-only application holds no API permissions".
# Step 31 is left to the scripts: "Remove the assignment of a user".
# Step 32 is left to the scripts: "Remove the assignment of a user".
# Step 33 is left to the scripts: "Remove the assignment of a user".
# Step 34 is done by hand: "Somebody is assigned".
# Step 35 is done by hand: "A sign-on-only application holds no API permissions".
# Step 38 is done by hand: "Provisioning is healthy where it is set up".
# Step 39 is done by hand: "A Conditional Access policy puts a session control on the application".
# Step 40 is done by hand: "A Conditional Access policy puts a session control on the application".
# Step 41 is done by hand: "A Conditional Access policy puts a session control on the application".
# Step 42 is left to the scripts: "Activate the new signing certificate".
# Step 43 is left to the scripts: "Activate the new signing certificate".
# Step 44 is left to the scripts: "Remove expired signing certificates".

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
  tenant_id = "22222222-2222-4222-8222-222222222222"
}

variable "rollback" {
  description = "true gives every setting the value that the scan saw."
  type        = bool
  default     = false
}

variable "app_1_set_notification_addresses" {
  description = "Step 21: Mail addresses, separated by commas: a shared mailbox or a distribution list."
  type        = set(string)
}

variable "app_1_add_owner" {
  description = "Step 25: The object id of the user, or service principal, that is to own it."
  type        = string
}

import {
  to = azuread_application_redirect_uris.app_1
  id = "/applications/21e9ce4f-e3ca-5921-881b-6ef32825b823/redirectUris/Web"
}

resource "azuread_application_redirect_uris" "app_1" {
  application_id = "/applications/21e9ce4f-e3ca-5921-881b-6ef32825b823"
  type           = "Web"
  redirect_uris  = var.rollback ? ["http://*.fabrikam.example/saml/acs", "https://authentication.logmeininc.com/saml/acs"] : ["https://authentication.logmeininc.com/saml/acs"]

  lifecycle {
    prevent_destroy = true
  }
}

import {
  to = azuread_service_principal.app_1
  id = "/servicePrincipals/fa000000-0000-4000-8000-000000000001"
}

resource "azuread_service_principal" "app_1" {
  app_role_assignment_required = var.rollback ? false : true
  client_id                    = "7111ab94-c425-5bee-8f32-984fce3dc22d"
  login_url                    = var.rollback ? "https://global.gotomeeting.com" : null
  notification_email_addresses = var.rollback ? ["henrietta.mueller@fabrikam.example"] : var.app_1_set_notification_addresses
  owners                       = var.rollback ? ["99d575fb-3c7e-5788-86ff-26b62cc85e47"] : setunion(["99d575fb-3c7e-5788-86ff-26b62cc85e47"], [var.app_1_add_owner])

  saml_single_sign_on {
    relay_state = var.rollback ? "https://global.gotomeeting.com/" : "https://global.gotomeeting.com"
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [account_enabled, alternative_names, description, feature_tags, notes, preferred_single_sign_on_mode, tags]
  }
}

resource "azuread_service_principal_token_signing_certificate" "app_1" {
  service_principal_id = "/servicePrincipals/fa000000-0000-4000-8000-000000000001"
  display_name         = "CN=Microsoft Azure Federated SSO Certificate d48c862b"
  end_date             = "2029-11-22T12:00:00Z"
  count                = var.rollback ? 0 : 1
}

variable "app_2_set_notification_addresses" {
  description = "Step 22: Mail addresses, separated by commas: a shared mailbox or a distribution list."
  type        = set(string)
}

variable "app_2_add_owner" {
  description = "Step 26: The object id of the user, or service principal, that is to own it."
  type        = string
}

import {
  to = azuread_application_redirect_uris.app_2
  id = "/applications/9680a87c-dde4-577f-a506-bf0168b37090/redirectUris/Web"
}

resource "azuread_application_redirect_uris" "app_2" {
  application_id = "/applications/9680a87c-dde4-577f-a506-bf0168b37090"
  type           = "Web"
  redirect_uris  = var.rollback ? ["https://login.citrixonline.com/saml/global.gotomeeting.com/acs"] : ["https://authentication.logmeininc.com/saml/acs"]

  lifecycle {
    prevent_destroy = true
  }
}

import {
  to = azuread_service_principal.app_2
  id = "/servicePrincipals/fa000000-0000-4000-8000-000000000002"
}

resource "azuread_service_principal" "app_2" {
  account_enabled               = var.rollback ? false : true
  client_id                     = "04297f42-4e6f-5e6d-920e-f2bf1944291c"
  notification_email_addresses  = var.rollback ? [] : var.app_2_set_notification_addresses
  owners                        = var.rollback ? [] : setunion([], [var.app_2_add_owner])
  preferred_single_sign_on_mode = var.rollback ? "password" : "saml"

  saml_single_sign_on {
    relay_state = var.rollback ? null : "https://global.gotomeeting.com"
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [alternative_names, app_role_assignment_required, description, feature_tags, login_url, notes, tags]
  }
}

resource "azuread_service_principal_token_signing_certificate" "app_2" {
  service_principal_id = "/servicePrincipals/fa000000-0000-4000-8000-000000000002"
  display_name         = "CN=Microsoft Azure Federated SSO Certificate 05af4110"
  end_date             = "2029-11-22T12:00:00Z"
  count                = var.rollback ? 0 : 1
}

variable "app_3_set_notification_addresses" {
  description = "Step 23: Mail addresses, separated by commas: a shared mailbox or a distribution list."
  type        = set(string)
}

import {
  to = azuread_application_redirect_uris.app_3
  id = "/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b/redirectUris/Web"
}

resource "azuread_application_redirect_uris" "app_3" {
  application_id = "/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b"
  type           = "Web"
  redirect_uris  = var.rollback ? ["http://authentication.logmeininc.com/saml/acs"] : ["https://authentication.logmeininc.com/saml/acs"]

  lifecycle {
    prevent_destroy = true
  }
}

import {
  to = azuread_service_principal.app_3
  id = "/servicePrincipals/fa000000-0000-4000-8000-000000000003"
}

resource "azuread_service_principal" "app_3" {
  client_id                    = "c77c95dc-bd8a-5ff9-84aa-96aa62d93e73"
  login_url                    = var.rollback ? " " : null
  notification_email_addresses = var.rollback ? ["helpdesk(at)fabrikam.example"] : var.app_3_set_notification_addresses

  saml_single_sign_on {
    relay_state = var.rollback ? "https://global.gototraining.com" : "https://global.gotomeeting.com"
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [account_enabled, alternative_names, app_role_assignment_required, description, feature_tags, notes, owners, preferred_single_sign_on_mode, tags]
  }
}

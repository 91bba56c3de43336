#!/bin/sh
# shellcheck disable=SC2016  # single quotes are meant: backquotes and $ are JMESPath and OData
# shellcheck disable=SC2034  # not every script uses every value
# Plan ae3d0cc27712 for tenant 22222222-2222-4222-8222-222222222222, from scan "demo-20261122T120000Z" of 2026-11-22T12:00:00Z.
# Everything that needs no one outside Microsoft Entra ID.
# With no option it looks and changes nothing; --apply acts; --help tells the rest.
# Needs az, the Azure CLI, signed in to the tenant.
set -eu

PLAN='ae3d0cc27712'
TENANT='22222222-2222-4222-8222-222222222222'
EXPECTED_GRAPH=''
MODE='apply'
ROLLBACK='sh rollback.sh'
STEPS='1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41'

# STEP: sets what is to be known of it.
load() {
    title=''
    by_hand=''
    permission=''
    role=''
    risk=''
    question=''
    answer=''
    raw_answer=''
    misformed=''
    look_needs_answer=''
    start=''
    start_also=''
    goal=''
    goal_also=''
    lost=''
    confirm=''
    request=''
    backup=''
    guard_words=''
    leaves_path=''
    leaves_subject=''
    case "$1" in
    1)
        title='There is exactly one instance'
        by_hand='There is more than one instance of GoToMeeting: GoToMeeting (fa000000-0000-4000-8000-000000000001), GoToMeeting (old) (fa000000-0000-4000-8000-000000000002), GoToMeeting EMEA (fa000000-0000-4000-8000-000000000003). Find out from the sign-in logs which instance is used. Move what the others hold that is still needed, then delete them, and look at the deleted applications for thirty days before purging.'
        ;;
    2)
        title='The application comes from the gallery'\''s GoToMeeting template'
        by_hand='It does not come from the gallery'\''s template for GoToMeeting: it was made by hand, from the template for applications outside the gallery. Add GoToMeeting from the gallery, move single sign-on and assignments over to it, and delete the hand-made application once sign-in works. The fixed identifier can be held by one of them at a time.'
        ;;
    3)
        title='Remove a client secret of the service principal'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Whatever signs in with it as the application stops working. Find out first what does.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='["c564a5ea-8617-511f-acf3-758db6b6582f"]'
        goal='[]'
        request='POST ''/servicePrincipals/fa000000-0000-4000-8000-000000000001/removePassword'' ''{"keyId":"c564a5ea-8617-511f-acf3-758db6b6582f"}'
        ;;
    4)
        title='Remove a key of the application'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Whatever signs in with it as the application stops working. Find out first what does.'
        backup='/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b'
        start='["8719eb8f-dba7-5d7b-be71-fac401c5af29"]'
        goal='[]'
        request='PATCH /applications/a404c7b7-959a-5f4d-a441-0358b9d2062b keyCredentials without keyId 8719eb8f-dba7-5d7b-be71-fac401c5af29'
        ;;
    5)
        title='Set the reply URL (assertion consumer service)'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Assertions go to the new address at once, and to a removed one no longer.'
        backup='/applications/21e9ce4f-e3ca-5921-881b-6ef32825b823'
        start='["http://*.fabrikam.example/saml/acs","https://authentication.logmeininc.com/saml/acs"]'
        goal='["https://authentication.logmeininc.com/saml/acs"]'
        request='PATCH ''/applications/21e9ce4f-e3ca-5921-881b-6ef32825b823'' ''{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    6)
        title='Set the reply URL (assertion consumer service)'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Assertions go to the new address at once, and to a removed one no longer.'
        backup='/applications/9680a87c-dde4-577f-a506-bf0168b37090'
        start='["https://login.citrixonline.com/saml/global.gotomeeting.com/acs"]'
        goal='["https://authentication.logmeininc.com/saml/acs"]'
        request='PATCH ''/applications/9680a87c-dde4-577f-a506-bf0168b37090'' ''{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    7)
        title='Set the reply URL (assertion consumer service)'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Assertions go to the new address at once, and to a removed one no longer.'
        backup='/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b'
        start='["http://authentication.logmeininc.com/saml/acs"]'
        goal='["https://authentication.logmeininc.com/saml/acs"]'
        request='PATCH ''/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b'' ''{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    8)
        title='Clear the sign-on URL'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Tiles and links in My Apps start sign-on at the identity provider from then on.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='["https://global.gotomeeting.com"]'
        goal='[null]'
        goal_also='[""]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000001'' ''{"loginUrl":null}'
        ;;
    9)
        title='Clear the sign-on URL'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Tiles and links in My Apps start sign-on at the identity provider from then on.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000003'
        start='[" "]'
        goal='[null]'
        goal_also='[""]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000003'' ''{"loginUrl":null}'
        ;;
    10)
        title='Reply URLs are safe places to send assertions to'
        by_hand='Unsafe reply URLs: http://*.fabrikam.example/saml/acs (not https, wildcard). Open Single sign-on, edit Basic SAML Configuration, and remove the reply URLs named here.'
        ;;
    11)
        title='Assertions are signed with SHA-256'
        by_hand='Signing is ResponseAndToken with rsa-sha1. What decided: the policy assigned to the app, "Old signing". Open Single sign-on, edit SAML Certificates, choose Sign SAML assertion (or response and assertion) and SHA-256. Where a token issuance policy decides, change or unassign the policy.'
        ;;
    12)
        title='Set RelayState'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='People land at the new address after sign-in.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='["https://global.gotomeeting.com/"]'
        goal='["https://global.gotomeeting.com"]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000001'' ''{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        ;;
    13)
        title='Set RelayState'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='People land at the new address after sign-in.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        start='[null]'
        goal='["https://global.gotomeeting.com"]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000002'' ''{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        ;;
    14)
        title='Reply URLs are safe places to send assertions to'
        by_hand='Unsafe reply URLs: http://authentication.logmeininc.com/saml/acs (not https). Open Single sign-on, edit Basic SAML Configuration, and remove the reply URLs named here.'
        ;;
    15)
        title='Set RelayState'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='People land at the new address after sign-in.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000003'
        start='["https://global.gototraining.com"]'
        goal='["https://global.gotomeeting.com"]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000003'' ''{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        ;;
    16)
        title='Create the next signing certificate and export it'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The new certificate signs nothing until it is activated.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='[]'
        goal=+
        request='POST ''/servicePrincipals/fa000000-0000-4000-8000-000000000001/addTokenSigningCertificate'' ''{"displayName":"CN=Microsoft Azure Federated SSO Certificate d48c862b","endDateTime":"2029-11-22T12:00:00Z"}'
        leaves_path='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        leaves_subject='CN=Microsoft Azure Federated SSO Certificate d48c862b'
        ;;
    17)
        title='Upload the new certificate at the vendor'
        by_hand='Give the exported certificate to whoever administers the vendor'\''s side of single sign-on, and have it uploaded there. Agree on a time: the second script makes it the one that signs.'
        ;;
    18)
        title='Create the next signing certificate and export it'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The new certificate signs nothing until it is activated.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        start='[]'
        goal=+
        request='POST ''/servicePrincipals/fa000000-0000-4000-8000-000000000002/addTokenSigningCertificate'' ''{"displayName":"CN=Microsoft Azure Federated SSO Certificate 05af4110","endDateTime":"2029-11-22T12:00:00Z"}'
        leaves_path='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        leaves_subject='CN=Microsoft Azure Federated SSO Certificate 05af4110'
        ;;
    19)
        title='Upload the new certificate at the vendor'
        by_hand='Give the exported certificate to whoever administers the vendor'\''s side of single sign-on, and have it uploaded there. Agree on a time: the second script makes it the one that signs.'
        ;;
    20)
        title='Name the active signing certificate'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Everybody'\''s sign-in fails if the vendor has another certificate. Compare thumbprints first.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000003'
        start='["0123456789ABCDEF0123456789ABCDEF01234567"]'
        goal='["63162AFACA066402893110D5A223C80D88D87311"]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000003'' ''{"preferredTokenSigningKeyThumbprint":"63162AFACA066402893110D5A223C80D88D87311"}'
        ;;
    21)
        title='Set who is told of the certificate'\''s expiry'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The addresses get mail about the certificate, and nothing else.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        question='Mail addresses, separated by commas: a shared mailbox or a distribution list.'
        raw_answer=$(answer_of 21)
        if [ -n "$raw_answer" ]; then
            answer=$(formed 'addresses' "$raw_answer") || misformed=yes
        fi
        start='["henrietta.mueller@fabrikam.example"]'
        if [ -n "$answer" ]; then goal='['"$answer"']'; fi
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000001'' ''{"notificationEmailAddresses":['"$answer"']}'
        ;;
    22)
        title='Set who is told of the certificate'\''s expiry'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The addresses get mail about the certificate, and nothing else.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        question='Mail addresses, separated by commas: a shared mailbox or a distribution list.'
        raw_answer=$(answer_of 22)
        if [ -n "$raw_answer" ]; then
            answer=$(formed 'addresses' "$raw_answer") || misformed=yes
        fi
        start='[]'
        if [ -n "$answer" ]; then goal='['"$answer"']'; fi
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000002'' ''{"notificationEmailAddresses":['"$answer"']}'
        ;;
    23)
        title='Set who is told of the certificate'\''s expiry'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The addresses get mail about the certificate, and nothing else.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000003'
        question='Mail addresses, separated by commas: a shared mailbox or a distribution list.'
        raw_answer=$(answer_of 23)
        if [ -n "$raw_answer" ]; then
            answer=$(formed 'addresses' "$raw_answer") || misformed=yes
        fi
        start='["helpdesk(at)fabrikam.example"]'
        if [ -n "$answer" ]; then goal='['"$answer"']'; fi
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000003'' ''{"notificationEmailAddresses":['"$answer"']}'
        ;;
    24)
        title='Set the single sign-on mode to saml'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Whoever signs in by the present mode can do so no longer, until the new one works.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        start='["password"]'
        goal='["saml"]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000002'' ''{"preferredSingleSignOnMode":"saml"}'
        ;;
    25)
        title='Add an owner'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='An owner can change the application'\''s settings and add credentials: choose who answers for it.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        question='The object id of the user, or service principal, that is to own it.'
        raw_answer=$(answer_of 25)
        if [ -n "$raw_answer" ]; then
            answer=$(formed 'object-id' "$raw_answer") || misformed=yes
        fi
        start='[]'
        if [ -n "$answer" ]; then goal='["'"$answer"'"]'; fi
        look_needs_answer=yes
        request='POST ''/servicePrincipals/fa000000-0000-4000-8000-000000000001/owners/$ref'' ''{"@odata.id":"'"$GRAPH"'/v1.0/directoryObjects/'"$answer"'"}'
        ;;
    26)
        title='Add an owner'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='An owner can change the application'\''s settings and add credentials: choose who answers for it.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        question='The object id of the user, or service principal, that is to own it.'
        raw_answer=$(answer_of 26)
        if [ -n "$raw_answer" ]; then
            answer=$(formed 'object-id' "$raw_answer") || misformed=yes
        fi
        start='[]'
        if [ -n "$answer" ]; then goal='["'"$answer"'"]'; fi
        look_needs_answer=yes
        request='POST ''/servicePrincipals/fa000000-0000-4000-8000-000000000002/owners/$ref'' ''{"@odata.id":"'"$GRAPH"'/v1.0/directoryObjects/'"$answer"'"}'
        ;;
    27)
        title='Every assignment has a role that the application defines'
        by_hand='Assignments with a role that the application does not define: Lee Gu (user, default access, though the app defines roles, 7983d74d-7c32-5827-b0fc-ad4780be7f86). Open Users and groups, select the assignment, choose Edit assignment and pick a role from the list.'
        ;;
    28)
        title='No guest is assigned without being named'
        by_hand='Guests are assigned: Grady Archie (user, a6396cf7-bc65-5aa0-8bbd-cd130eba79cb). Have whoever sponsors each guest confirm the need. Remove the others, and waive those that stay, with an end date.'
        ;;
    29)
        title='No assigned group takes in everybody'
        by_hand='These groups take in everybody, or have more than 5000 members: Everybody at Fabrikam (group, its rule takes in everybody, 6,198 members, d29cf98c-dd7d-540d-aefc-ba5a5ab8935c). Make a group of those who need the application, assign it, and remove the assignment of the group named here.'
        ;;
    30)
        title='A sign-on-only application holds no API permissions'
        by_hand='API permissions are granted to the application: User.Read (delegated, of fdda3921-f403-5a2b-8d81-312df9751fa1). Open Permissions of the enterprise application, ask what each grant is for, and revoke those without an answer.'
        ;;
    31)
        title='Remove the assignment of a user'
        permission='AppRoleAssignment.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The principal can no longer sign in, unless an assigned group lets it.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='["2f7ecf90-4841-599a-8cfd-a4442254911d"]'
        goal='[]'
        request='DELETE ''/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo/2f7ecf90-4841-599a-8cfd-a4442254911d'
        ;;
    32)
        title='Remove the assignment of a user'
        permission='AppRoleAssignment.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The principal can no longer sign in, unless an assigned group lets it.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='["60d12224-0bbf-5256-a3d1-7b1d6d6a6b00"]'
        goal='[]'
        request='DELETE ''/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo/60d12224-0bbf-5256-a3d1-7b1d6d6a6b00'
        ;;
    33)
        title='Remove the assignment of a user'
        permission='AppRoleAssignment.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='The principal is deleted; nobody loses access.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='["05e265bf-f82c-524c-87fd-7d25b0bdd9c2"]'
        goal='[]'
        request='DELETE ''/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo/05e265bf-f82c-524c-87fd-7d25b0bdd9c2'
        ;;
    34)
        title='Somebody is assigned'
        by_hand='No user and no group is assigned. Open Users and groups of the enterprise application and add the groups that are to use GoToMeeting. Prefer groups to single users.'
        ;;
    35)
        title='A sign-on-only application holds no API permissions'
        by_hand='API permissions are granted to the application: df021288-bdef-4463-88db-98f22de89214 (application, of Microsoft Graph). Open Permissions of the enterprise application, ask what each grant is for, and revoke those without an answer.'
        ;;
    36)
        title='Require assignment'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Whoever is neither assigned nor in an assigned group can sign in no longer.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000001'
        start='[false]'
        goal='[true]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000001'' ''{"appRoleAssignmentRequired":true}'
        ;;
    37)
        title='Enable the enterprise application for sign-in'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Everybody who may use the application can sign in again. See first that nobody disabled it on purpose.'
        backup='/servicePrincipals/fa000000-0000-4000-8000-000000000002'
        start='[false]'
        goal='[true]'
        request='PATCH ''/servicePrincipals/fa000000-0000-4000-8000-000000000002'' ''{"accountEnabled":true}'
        ;;
    38)
        title='Provisioning is healthy where it is set up'
        by_hand='Provisioning is not healthy: the job is in quarantine (EncounteredQuarantineException). Open Provisioning of the enterprise application, read the status and the provisioning logs, mend the cause (most often expired vendor credentials), and restart provisioning.'
        ;;
    39)
        title='A Conditional Access policy puts a session control on the application'
        by_hand='No enabled Conditional Access policy that covers the application has a session control. Where the organization wants it, make a Conditional Access policy for GoToMeeting with sign-in frequency, or with Conditional Access App Control of Microsoft Defender for Cloud Apps, and try it in report-only mode first.'
        ;;
    40)
        title='A Conditional Access policy puts a session control on the application'
        by_hand='No enabled Conditional Access policy that covers the application has a session control. Where the organization wants it, make a Conditional Access policy for GoToMeeting with sign-in frequency, or with Conditional Access App Control of Microsoft Defender for Cloud Apps, and try it in report-only mode first.'
        ;;
    41)
        title='A Conditional Access policy puts a session control on the application'
        by_hand='No enabled Conditional Access policy that covers the application has a session control. Where the organization wants it, make a Conditional Access policy for GoToMeeting with sign-in frequency, or with Conditional Access App Control of Microsoft Defender for Cloud Apps, and try it in report-only mode first.'
        ;;
    *) ;;
    esac
}

# STEP: what is there now, as a JSON list.
look() {
    case "$1" in
    3)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000001?$select=keyCredentials,passwordCredentials' 'to_string([keyCredentials, passwordCredentials][] | [?contains(`["c564a5ea-8617-511f-acf3-758db6b6582f"]`, keyId)].keyId | sort(@))'
        ;;
    4)
        graph get '/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b?$select=keyCredentials,passwordCredentials' 'to_string([keyCredentials, passwordCredentials][] | [?contains(`["8719eb8f-dba7-5d7b-be71-fac401c5af29"]`, keyId)].keyId | sort(@))'
        ;;
    5)
        graph get '/applications/21e9ce4f-e3ca-5921-881b-6ef32825b823?$select=web' 'to_string(sort(web.redirectUris || `[]`))'
        ;;
    6)
        graph get '/applications/9680a87c-dde4-577f-a506-bf0168b37090?$select=web' 'to_string(sort(web.redirectUris || `[]`))'
        ;;
    7)
        graph get '/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b?$select=web' 'to_string(sort(web.redirectUris || `[]`))'
        ;;
    8)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000001?$select=loginUrl' 'to_string([loginUrl])'
        ;;
    9)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000003?$select=loginUrl' 'to_string([loginUrl])'
        ;;
    12)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000001?$select=samlSingleSignOnSettings' 'to_string([samlSingleSignOnSettings.relayState])'
        ;;
    13)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000002?$select=samlSingleSignOnSettings' 'to_string([samlSingleSignOnSettings.relayState])'
        ;;
    15)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000003?$select=samlSingleSignOnSettings' 'to_string([samlSingleSignOnSettings.relayState])'
        ;;
    16)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000001?$select=keyCredentials,passwordCredentials' 'to_string([keyCredentials, passwordCredentials][] | [?contains(`["CN=Microsoft Azure Federated SSO Certificate d48c862b"]`, displayName)].keyId | sort(@))'
        ;;
    18)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000002?$select=keyCredentials,passwordCredentials' 'to_string([keyCredentials, passwordCredentials][] | [?contains(`["CN=Microsoft Azure Federated SSO Certificate 05af4110"]`, displayName)].keyId | sort(@))'
        ;;
    20)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000003?$select=preferredTokenSigningKeyThumbprint' 'to_string([preferredTokenSigningKeyThumbprint])'
        ;;
    21)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000001?$select=notificationEmailAddresses' 'to_string(sort(notificationEmailAddresses || `[]`))'
        ;;
    22)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000002?$select=notificationEmailAddresses' 'to_string(sort(notificationEmailAddresses || `[]`))'
        ;;
    23)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000003?$select=notificationEmailAddresses' 'to_string(sort(notificationEmailAddresses || `[]`))'
        ;;
    24)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000002?$select=preferredSingleSignOnMode' 'to_string([preferredSingleSignOnMode])'
        ;;
    25)
        members '/servicePrincipals/fa000000-0000-4000-8000-000000000001/owners' 'id=='\'''"$answer"''\'''
        ;;
    26)
        members '/servicePrincipals/fa000000-0000-4000-8000-000000000002/owners' 'id=='\'''"$answer"''\'''
        ;;
    31)
        members '/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo' 'principalId=='\''''0d989e47-5274-5a4f-b338-1a26eb39fae3'''\'''' && appRoleId=='\''''714da3a6-bd6c-5d27-9755-27984d10a9c0'''\'''
        ;;
    32)
        members '/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo' 'principalId=='\''''79cae455-06cf-5357-b796-d87f6581cc21'''\'''' && appRoleId=='\''''714da3a6-bd6c-5d27-9755-27984d10a9c0'''\'''
        ;;
    33)
        members '/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo' 'principalId=='\''''fa0dead0-0000-4000-8000-000000000001'''\'''' && appRoleId=='\''''714da3a6-bd6c-5d27-9755-27984d10a9c0'''\'''
        ;;
    36)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000001?$select=appRoleAssignmentRequired' 'to_string([appRoleAssignmentRequired])'
        ;;
    37)
        graph get '/servicePrincipals/fa000000-0000-4000-8000-000000000002?$select=accountEnabled' 'to_string([accountEnabled])'
        ;;
    *) ;;
    esac
}

# STEP: makes the change.
act() {
    case "$1" in
    3)
        send post '/servicePrincipals/fa000000-0000-4000-8000-000000000001/removePassword' '{"keyId":"c564a5ea-8617-511f-acf3-758db6b6582f"}'
        ;;
    4)
        keep 4 '/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b' 'to_string(keyCredentials[?contains(`["8719eb8f-dba7-5d7b-be71-fac401c5af29"]`, keyId)] || `[]`)' &&
        without '/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b' 'to_string({keyCredentials: keyCredentials[?!contains(`["8719eb8f-dba7-5d7b-be71-fac401c5af29"]`, keyId)] || `[]`})'
        ;;
    5)
        send patch '/applications/21e9ce4f-e3ca-5921-881b-6ef32825b823' '{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    6)
        send patch '/applications/9680a87c-dde4-577f-a506-bf0168b37090' '{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    7)
        send patch '/applications/a404c7b7-959a-5f4d-a441-0358b9d2062b' '{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    8)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000001' '{"loginUrl":null}'
        ;;
    9)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000003' '{"loginUrl":null}'
        ;;
    12)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000001' '{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        ;;
    13)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000002' '{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        ;;
    15)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000003' '{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        ;;
    16)
        send post '/servicePrincipals/fa000000-0000-4000-8000-000000000001/addTokenSigningCertificate' '{"displayName":"CN=Microsoft Azure Federated SSO Certificate d48c862b","endDateTime":"2029-11-22T12:00:00Z"}' thumbprint
        ;;
    18)
        send post '/servicePrincipals/fa000000-0000-4000-8000-000000000002/addTokenSigningCertificate' '{"displayName":"CN=Microsoft Azure Federated SSO Certificate 05af4110","endDateTime":"2029-11-22T12:00:00Z"}' thumbprint
        ;;
    20)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000003' '{"preferredTokenSigningKeyThumbprint":"63162AFACA066402893110D5A223C80D88D87311"}'
        ;;
    21)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000001' '{"notificationEmailAddresses":['"$answer"']}'
        ;;
    22)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000002' '{"notificationEmailAddresses":['"$answer"']}'
        ;;
    23)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000003' '{"notificationEmailAddresses":['"$answer"']}'
        ;;
    24)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000002' '{"preferredSingleSignOnMode":"saml"}'
        ;;
    25)
        send post '/servicePrincipals/fa000000-0000-4000-8000-000000000001/owners/$ref' '{"@odata.id":"'"$GRAPH"'/v1.0/directoryObjects/'"$answer"'"}'
        ;;
    26)
        send post '/servicePrincipals/fa000000-0000-4000-8000-000000000002/owners/$ref' '{"@odata.id":"'"$GRAPH"'/v1.0/directoryObjects/'"$answer"'"}'
        ;;
    31)
        send delete '/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo/2f7ecf90-4841-599a-8cfd-a4442254911d'
        ;;
    32)
        send delete '/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo/60d12224-0bbf-5256-a3d1-7b1d6d6a6b00'
        ;;
    33)
        send delete '/servicePrincipals/fa000000-0000-4000-8000-000000000001/appRoleAssignedTo/05e265bf-f82c-524c-87fd-7d25b0bdd9c2'
        ;;
    36)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000001' '{"appRoleAssignmentRequired":true}'
        ;;
    37)
        send patch '/servicePrincipals/fa000000-0000-4000-8000-000000000002' '{"accountEnabled":true}'
        ;;
    *) ;;
    esac
}

# STEP: whether what must hold beside the step's own state holds.
guard() {
    case "$1" in
    *) ;;
    esac
}
usage() {
    printf '%s\n' "usage: sh $0 [--dry-run | --apply] [--answer STEP=VALUE]... [--only STEP]... [--confirmed] [--state DIR]"
    printf '%s\n' '' \
        '  --dry-run          look, and say what would be done (this is how it runs without an option)' \
        '  --apply            act' \
        '  --answer STEP=V    the answer to the question of a step' \
        '  --only STEP        this step alone; may come again' \
        '  --confirmed        what the steps ask to be done outside Microsoft Entra ID has been done' \
        '  --state DIR        folder for backups, the transcript and what later scripts need' \
        '' \
        'Sign in first: az login --tenant '"$TENANT"' --allow-no-subscriptions' \
        'Exit codes: 0 everything is as it should be, 1 stopped, 2 wrong usage, 3 steps are left to a person.'
}

refuse_usage() {
    printf '%s: %s\n' "$0" "$1" >&2
    usage >&2
    exit 2
}

say() {
    printf '%s\n' "$*"
    if [ -n "$LOG" ]; then printf '%s  %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$LOG"; fi
}

# Ends the run: what was done, what was not, and how to take back what was done.
stop() {
    say "STOPPED: $1"
    if [ -s "$WORK/az-errors" ]; then say "$(cat "$WORK/az-errors")"; fi
    say "Done:$done_steps. Nothing to do:$already_steps. Not done:$(not_reached)."
    if [ "$MODE" = apply ] && [ -n "$done_steps" ]; then
        say "To take back what was done: $ROLLBACK --apply --state '$STATE'"
    fi
    exit 1
}

not_reached() {
    for one in $STEPS; do
        case "$done_steps$already_steps$left_steps " in *" $one "*) ;; *) printf ' %s' "$one" ;; esac
    done
}

# METHOD PATH QUERY [BODY-FILE]: what the query gives of the answer, as one line.
graph() {
    : >"$WORK/az-errors"
    set -- "$1" "$GRAPH/v1.0$2" "$3" "${4:-}"
    if [ -n "$4" ]; then
        az rest --only-show-errors --method "$1" --url "$2" --query "$3" --output tsv \
            --headers Content-Type=application/json --body "@$4" 2>"$WORK/az-errors"
    else
        az rest --only-show-errors --method "$1" --url "$2" --query "$3" --output tsv 2>"$WORK/az-errors"
    fi
}

# METHOD PATH [BODY] [QUERY]: sends a change; prints what the query gives of the answer.
send() {
    if [ -n "${3:-}" ]; then
        printf '%s' "$3" >"$WORK/body.json"
        graph "$1" "$2" "${4:-@}" "$WORK/body.json"
    else
        graph "$1" "$2" "${4:-@}"
    fi
}

# PATH FILTER: the ids of the members of a paged collection that pass the filter, as a JSON list.
members() {
    next="$1"
    while [ -n "$next" ]; do
        page=$(graph get "$next" "to_string([value[?$2].id, \"@odata.nextLink\"])") || return 1
        case $page in
        '[[],'*) ;;
        *)
            found=${page#?}
            printf '%s]\n' "${found%%]*}"
            return 0
            ;;
        esac
        next=${page#*],}
        next=${next%]}
        case $next in
        null) next='' ;;
        "\"$GRAPH/v1.0"*) next=${next#"\"$GRAPH/v1.0"} next=${next%\"} ;;
        *)
            printf 'the next page is at another host\n' >"$WORK/az-errors"
            return 1
            ;;
        esac
    done
    printf '[]\n'
}

# PATH BODY-QUERY: sends the object's credential lists as they are now, less some; the query gives the body.
without() {
    graph get "$1?\$select=keyCredentials,passwordCredentials" "$2" >"$WORK/body.json" || return 1
    graph patch "$1" @ "$WORK/body.json"
}

# STEP PATH QUERY: keeps the public keys that a step is about to remove.
keep() {
    graph get "$2?\$select=keyCredentials" "$3" >"$STATE/kept-$1.json"
}

# STEP PATH: sends the object's keys as they are now, and those that were kept.
restore() {
    if [ ! -s "$STATE/kept-$1.json" ]; then
        printf 'there is no %s: give the folder that the apply script wrote with --state\n' "$STATE/kept-$1.json" \
            >"$WORK/az-errors"
        return 1
    fi
    live=$(graph get "$2?\$select=keyCredentials" 'to_string(keyCredentials || `[]`)') || return 1
    kept=$(cat "$STATE/kept-$1.json")
    if [ "$live" = '[]' ]; then live=$kept; else live="${live%]},${kept#?}"; fi
    printf '{"keyCredentials":%s}' "$live" >"$WORK/body.json"
    graph patch "$2" @ "$WORK/body.json"
}

# STEP PATH SUBJECT: writes the certificate that a step made, for the upload at the vendor.
export_certificate() {
    file="$STATE/certificate-$1.cer"
    key=$(graph get "$2?\$select=keyCredentials" \
        "keyCredentials[?displayName=='$3' && usage=='Verify'] | [0].key") || return 1
    if [ -z "$key" ]; then
        say "  The certificate cannot be exported: download it in the admin center (Single sign-on, SAML Certificates)."
        return 0
    fi
    {
        printf '%s\n' '-----BEGIN CERTIFICATE-----'
        printf '%s\n' "$key" | fold -w 64
        printf '%s\n' '-----END CERTIFICATE-----'
    } >"$file"
    say "  The certificate to upload is in $file"
}

# PATH QUERY one|none STATE...: whether a look beside the step's own gives one of the states, or none of them.
guarded() {
    beside=$(graph get "$1" "$2") || stop "the guard of step $number could not be looked at."
    wanted=$3
    shift 3
    for state in "$@"; do
        if [ "$beside" = "$state" ]; then
            if [ "$wanted" = one ]; then return 0; else return 1; fi
        fi
    done
    [ "$wanted" = none ]
}

# LIVE STATE [OTHER]...: whether a look gave this state; + is "something is there".
is() {
    live_state=$1
    shift
    for state in "$@"; do
        if [ "$state" = + ]; then
            if [ "$live_state" != '[]' ]; then return 0; fi
        elif [ -n "$state" ] && [ "$live_state" = "$state" ]; then
            return 0
        fi
    done
    return 1
}

# STEP: the answer given, kept from an earlier run, or left by another step; empty where there is none.
answer_of() {
    for file in "$WORK/answer-$1" "$STATE/answer-$1" ${2:+"$STATE/thumbprint-$2"}; do
        if [ -s "$file" ]; then
            cat "$file"
            return 0
        fi
    done
}

# FORM ANSWER [CHOICE]...: the answer in its one spelling. Fails for what does not have the form: nothing that would
# need an escape in JSON or in a URL gets through.
formed() {
    form=$1
    given=$2
    shift 2
    case $form in
    object-id)
        given=$(printf '%s' "$given" | tr 'A-F' 'a-f')
        expr "X$given" : 'X[0-9a-f]\{8\}\(-[0-9a-f]\{4\}\)\{3\}-[0-9a-f]\{12\}$' >/dev/null || return 1
        ;;
    thumbprint)
        given=$(printf '%s' "$given" | tr 'a-f' 'A-F')
        expr "X$given" : 'X[0-9A-F]\{40\}$' >/dev/null || return 1
        ;;
    addresses)
        case $given in *[!A-Za-z0-9.!#%*+/=?^_~@,-]*) return 1 ;; esac
        given=$(printf '%s\n' "$given" | tr ',' '\n' | sort -u)
        if printf '%s\n' "$given" | grep -vqx '[^@][^@]*@[^@][^@]*\.[^@][^@]*'; then return 1; fi
        given=$(printf '%s\n' "$given" | sed 's/.*/"&"/' | paste -sd , -)
        ;;
    url)
        case $given in *[!A-Za-z0-9._~:/?#@!$\&\(\)*+,\;=%-]*) return 1 ;; esac
        case $given in https://?*) ;; *) return 1 ;; esac
        ;;
    *) return 1 ;;
    esac
    if [ $# -gt 0 ]; then
        for choice in "$@"; do if [ "$given" = "$choice" ]; then break; fi; done
        if [ "$given" != "$choice" ]; then return 1; fi
    fi
    printf '%s' "$given"
}

# STEP: looks, and sets verdict to already, ready, moved, unanswered, lost, unconfirmed or manual.
judge() {
    number=$1
    load "$number"
    live=''
    verdict=manual
    if [ -n "$by_hand" ]; then return 0; fi
    if [ -z "$goal" ] && [ "$MODE" = apply ]; then
        verdict=unanswered
        return 0
    fi
    if [ -z "$answer" ] && [ -n "$look_needs_answer" ]; then
        verdict=unanswered
        return 0
    fi
    live=$(look "$number") || stop "step $number could not be looked at. It needs the permission $permission ($role)."
    if is "$live" "$goal" "$goal_also"; then
        verdict=already
    elif [ -z "$start" ]; then
        verdict=unanswered
    elif ! is "$live" "$start" "$start_also"; then
        verdict=moved
    elif [ -n "$lost" ]; then
        verdict=lost
    elif [ -n "$confirm" ] && [ -z "$CONFIRMED" ]; then
        verdict=unconfirmed
    else
        verdict=ready
    fi
}

# STEP: says what the judgement means.
tell() {
    say "Step $1: $title"
    case $verdict in
    manual) say "  BY HAND: $by_hand" ;;
    already) say "  Nothing to do: it is as it should be: $live" ;;
    moved)
        say "  CHANGED SINCE THE SCAN: expected $start"
        say "                          it is    $live"
        ;;
    unanswered)
        say "  NOT ANSWERED: $question"
        say "  Give the answer with: --answer $1=VALUE"
        ;;
    lost) say "  CANNOT BE UNDONE: $lost" ;;
    unconfirmed)
        say "  NOT CONFIRMED: $confirm"
        say "  When this is so, run again with --confirmed"
        ;;
    ready)
        say "  it is     $live"
        say "  it becomes $goal"
        say "  by $request"
        say "  Risk: $risk"
        ;;
    esac
}

check_tenant() {
    command -v az >/dev/null || stop 'az, the Azure CLI, is not installed.'
    signed_in=$(az account show --only-show-errors --query tenantId --output tsv 2>"$WORK/az-errors") ||
        stop "nobody is signed in. Run: az login --tenant $TENANT --allow-no-subscriptions"
    if [ "$signed_in" != "$TENANT" ]; then
        stop "wrong tenant: this plan is for $TENANT, and az is signed in to $signed_in."
    fi
    GRAPH=$(az cloud show --only-show-errors --query endpoints.microsoftGraphResourceId --output tsv \
        2>"$WORK/az-errors") || stop 'az does not say where Microsoft Graph is.'
    GRAPH=${GRAPH%/}
    if [ -n "$EXPECTED_GRAPH" ] && [ "$GRAPH" != "$EXPECTED_GRAPH" ]; then
        stop "wrong cloud: this plan is for $EXPECTED_GRAPH, and az uses $GRAPH. Choose it with: az cloud set"
    fi
}

# STEP: does it, and sees that it was done.
run() {
    judge "$1"
    case $verdict in
    already)
        already_steps="$already_steps $1"
        if [ -n "$leaves_path" ]; then
            export_certificate "$1" "$leaves_path" "$leaves_subject" || stop "the certificate could not be read."
        fi
        return 0
        ;;
    moved)
        tell "$1"
        stop "step $1: somebody changed it since the scan. Scan again, and use the new plan."
        ;;
    ready) ;;
    *)
        left_steps="$left_steps $1"
        return 0
        ;;
    esac
    guard "$1" || stop "step $1: $guard_words"
    say "Step $1: $title"
    az rest --only-show-errors --method get --url "$GRAPH/v1.0$backup" --output-file "$STATE/backup-$MODE-$1-$STAMP.json" \
        2>"$WORK/az-errors" || stop "step $1: no backup could be written, so that nothing was changed."
    if [ -n "$answer" ]; then printf '%s' "$raw_answer" >"$STATE/answer-$1"; fi
    act "$1" >"$WORK/answer-of-graph" || stop "step $1: the change was refused. It needs the permission $permission ($role)."
    if [ -n "$leaves_path" ]; then cp "$WORK/answer-of-graph" "$STATE/thumbprint-$1"; fi
    for pause in 0 1 2 4 8 16; do
        sleep "$pause"
        live=$(look "$1") || stop "step $1 was sent, and could not be verified."
        if is "$live" "$goal" "$goal_also"; then
            done_steps="$done_steps $1"
            say "  done and verified: $live"
            if [ -n "$leaves_path" ]; then
                export_certificate "$1" "$leaves_path" "$leaves_subject" || stop "the certificate could not be read."
            fi
            return 0
        fi
    done
    stop "step $1 was sent, and the change does not show: it is $live"
}

main() {
    apply=''
    only=''
    while [ $# -gt 0 ]; do
        case $1 in
        --apply) apply=yes ;;
        --dry-run) apply='' ;;
        --confirmed) CONFIRMED=yes ;;
        --answer | --only | --state)
            if [ $# -lt 2 ]; then refuse_usage "$1 needs a value"; fi
            case $1 in
            --state) STATE=$2 ;;
            --only)
                case " $STEPS " in *" $2 "*) only="$only $2" ;; *) refuse_usage "there is no step $2" ;; esac
                ;;
            --answer)
                case $2 in *=*) ;; *) refuse_usage "write --answer STEP=VALUE" ;; esac
                case " $STEPS " in *" ${2%%=*} "*) ;; *) refuse_usage "there is no step ${2%%=*}" ;; esac
                printf '%s' "${2#*=}" >"$WORK/answer-${2%%=*}"
                ;;
            esac
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) refuse_usage "unknown option $1" ;;
        esac
        shift
    done
    if [ -n "$only" ]; then STEPS=$only; fi
    for one in $STEPS; do
        load "$one"
        if [ -n "$misformed" ]; then refuse_usage "the answer to step $one has not the right form: $question"; fi
    done
    if [ -n "$apply" ]; then
        mkdir -p "$STATE"
        LOG="$STATE/transcript-$MODE-$STAMP.log"
    fi
    check_tenant
    say "Plan $PLAN, $MODE, tenant $TENANT, $GRAPH"
    moved=''
    ready=''
    for one in $STEPS; do
        judge "$one"
        tell "$one"
        case $verdict in
        moved) moved="$moved $one" ;;
        ready)
            ready="$ready $one"
            guard "$one" || say "  BUT NOT YET: $guard_words"
            ;;
        already) ;;
        *) left_steps="$left_steps $one" ;;
        esac
    done
    if [ -n "$moved" ]; then
        stop "changed since the scan:$moved. Scan again, and use the new plan. Nothing was changed."
    fi
    if [ -z "$apply" ]; then
        say "Dry run: nothing was changed. Ready:${ready:- none}. Left to a person:${left_steps:- none}."
        say "To act: sh $0 --apply"
    else
        left_steps=''
        for one in $STEPS; do run "$one"; done
        say "Done:${done_steps:- none}. Nothing to do:${already_steps:- none}. Left to a person:${left_steps:- none}."
    fi
    if [ -n "$left_steps" ]; then exit 3; fi
}

LC_ALL=C
export LC_ALL
umask 077
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
STAMP=$(date -u +%Y%m%dT%H%M%SZ)
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
STATE="$HERE/state-$PLAN"
GRAPH='' LOG='' CONFIRMED=''
done_steps='' already_steps='' left_steps=''
main "$@"

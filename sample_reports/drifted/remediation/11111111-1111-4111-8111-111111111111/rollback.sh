#!/bin/sh
# shellcheck disable=SC2016  # single quotes are meant: backquotes and $ are JMESPath and OData
# shellcheck disable=SC2034  # not every script uses every value
# Plan 4b7d88590133 for tenant 11111111-1111-4111-8111-111111111111, from scan "drifted-20261123T120000Z" of 2026-11-23T12:00:00Z.
# Takes back what the apply script of the same name did, last step first.
# With no option it looks and changes nothing; --apply acts; --help tells the rest.
# Needs az, the Azure CLI, signed in to the tenant.
set -eu

PLAN='4b7d88590133'
TENANT='11111111-1111-4111-8111-111111111111'
EXPECTED_GRAPH=''
MODE='rollback'
ROLLBACK='sh rollback.sh'
STEPS='3 2 1'

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
    3)
        title='Take back: Add an owner'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Takes the ownership back.'
        backup='/servicePrincipals/c0000000-0000-4000-8000-000000000001'
        question='The object id of the user, or service principal, that is to own it.'
        raw_answer=$(answer_of 3)
        if [ -n "$raw_answer" ]; then
            answer=$(formed 'object-id' "$raw_answer") || misformed=yes
        fi
        if [ -n "$answer" ]; then start='["'"$answer"'"]'; fi
        goal='[]'
        look_needs_answer=yes
        request='DELETE ''/servicePrincipals/c0000000-0000-4000-8000-000000000001/owners/'"$answer"'/$ref'
        ;;
    2)
        title='Take back: Set RelayState'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Sets it back to what the scan saw.'
        backup='/servicePrincipals/c0000000-0000-4000-8000-000000000001'
        start='["https://global.gotomeeting.com"]'
        goal='["https://global.gotowebinar.com"]'
        request='PATCH ''/servicePrincipals/c0000000-0000-4000-8000-000000000001'' ''{"samlSingleSignOnSettings":{"relayState":"https://global.gotowebinar.com"}}'
        ;;
    1)
        title='Take back: Set the reply URL (assertion consumer service)'
        permission='Application.ReadWrite.All'
        role='Cloud Application Administrator'
        risk='Sets it back to what the scan saw.'
        backup='/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8'
        start='["https://authentication.logmeininc.com/saml/acs"]'
        goal='["https://authentication.logmeininc.com/saml/acs","https://sso-proxy.contoso.example/saml/acs"]'
        request='PATCH ''/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8'' ''{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs","https://sso-proxy.contoso.example/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        ;;
    *) ;;
    esac
}

# STEP: what is there now, as a JSON list.
look() {
    case "$1" in
    3)
        members '/servicePrincipals/c0000000-0000-4000-8000-000000000001/owners' 'id=='\'''"$answer"''\'''
        ;;
    2)
        graph get '/servicePrincipals/c0000000-0000-4000-8000-000000000001?$select=samlSingleSignOnSettings' 'to_string([samlSingleSignOnSettings.relayState])'
        ;;
    1)
        graph get '/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8?$select=web' 'to_string(sort(web.redirectUris || `[]`))'
        ;;
    *) ;;
    esac
}

# STEP: makes the change.
act() {
    case "$1" in
    3)
        send delete '/servicePrincipals/c0000000-0000-4000-8000-000000000001/owners/'"$answer"'/$ref'
        ;;
    2)
        send patch '/servicePrincipals/c0000000-0000-4000-8000-000000000001' '{"samlSingleSignOnSettings":{"relayState":"https://global.gotowebinar.com"}}'
        ;;
    1)
        send patch '/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8' '{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs","https://sso-proxy.contoso.example/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
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

#Requires -Version 5.1
#Requires -Modules Microsoft.Graph.Authentication
<#
.SYNOPSIS
    Plan 4b7d88590133 for tenant 11111111-1111-4111-8111-111111111111, from scan "drifted-20261123T120000Z" of 2026-11-23T12:00:00Z.
.DESCRIPTION
    Everything that needs no one outside Microsoft Entra ID.
    It checks the tenant and the precondition of every step before it changes anything, writes a backup
    of each object, acts, and verifies. Run twice, it changes nothing the second time.
.PARAMETER Apply
    Act. Without it the script looks and says what it would do, as with -WhatIf.
.PARAMETER Answer
    Answers to the questions of steps: -Answer @{ '4' = 'VALUE' }
.PARAMETER Only
    These steps alone.
.PARAMETER Confirmed
    What the steps ask to be done outside Microsoft Entra ID has been done.
.PARAMETER State
    Folder for backups, the transcript and what later scripts need.
.EXAMPLE
    ./apply.ps1 -WhatIf
.EXAMPLE
    ./apply.ps1 -Apply
.NOTES
    Sign in first: Connect-MgGraph -TenantId 11111111-1111-4111-8111-111111111111 -Scopes Application.ReadWrite.All
    Exit codes: 0 everything is as it should be, 1 stopped, 3 steps are left to a person.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [switch] $Apply,
    [hashtable] $Answer = @{},
    [int[]] $Only = @(),
    [switch] $Confirmed,
    [string] $State = (Join-Path $PSScriptRoot 'state-4b7d88590133')
)
$PlanId = '4b7d88590133'
$Tenant = '11111111-1111-4111-8111-111111111111'
$ExpectedGraph = ''
$Mode = 'apply'
$Rollback = './rollback.ps1'
$Steps = @(
    @{
        Act = { param($said) Invoke-Graph -Method 'PATCH' -Path '/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8' -Body '{"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}' }
        Answer = ''
        Backup = '/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8'
        ByHand = ''
        Choices = @()
        Confirm = ''
        Goal = { param($said) '["https://authentication.logmeininc.com/saml/acs"]' }
        GoalState = @('')
        Guard = $null
        GuardOne = $true
        GuardStates = @()
        GuardWords = ''
        KeptBy = 0
        Kind = ''
        Leaves = $null
        Live = ''
        Look = { param($said) Get-PropertyState -Path '/applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8' -Name 'web.redirectUris' -Many }
        LookNeedsAnswer = $false
        Lost = ''
        Number = 1
        Permission = 'Application.ReadWrite.All'
        Question = ''
        Raw = ''
        Request = 'PATCH /applications/e3f2ab84-3c83-5664-89b1-fd1f6ba288a8 {"web":{"redirectUris":["https://authentication.logmeininc.com/saml/acs"],"redirectUriSettings":[{"uri":"https://authentication.logmeininc.com/saml/acs","index":null}]}}'
        Risk = 'Assertions go to the new address at once, and to a removed one no longer.'
        Role = 'Cloud Application Administrator'
        Start = { param($said) '["https://authentication.logmeininc.com/saml/acs","https://sso-proxy.contoso.example/saml/acs"]' }
        Title = 'Set the reply URL (assertion consumer service)'
    }
    @{
        Act = { param($said) Invoke-Graph -Method 'PATCH' -Path '/servicePrincipals/c0000000-0000-4000-8000-000000000001' -Body '{"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}' }
        Answer = ''
        Backup = '/servicePrincipals/c0000000-0000-4000-8000-000000000001'
        ByHand = ''
        Choices = @()
        Confirm = ''
        Goal = { param($said) '["https://global.gotomeeting.com"]' }
        GoalState = @('')
        Guard = $null
        GuardOne = $true
        GuardStates = @()
        GuardWords = ''
        KeptBy = 0
        Kind = ''
        Leaves = $null
        Live = ''
        Look = { param($said) Get-PropertyState -Path '/servicePrincipals/c0000000-0000-4000-8000-000000000001' -Name 'samlSingleSignOnSettings.relayState' }
        LookNeedsAnswer = $false
        Lost = ''
        Number = 2
        Permission = 'Application.ReadWrite.All'
        Question = ''
        Raw = ''
        Request = 'PATCH /servicePrincipals/c0000000-0000-4000-8000-000000000001 {"samlSingleSignOnSettings":{"relayState":"https://global.gotomeeting.com"}}'
        Risk = 'People land at the new address after sign-in.'
        Role = 'Cloud Application Administrator'
        Start = { param($said) '["https://global.gotowebinar.com"]' }
        Title = 'Set RelayState'
    }
    @{
        Act = { param($said) Invoke-Graph -Method 'POST' -Path '/servicePrincipals/c0000000-0000-4000-8000-000000000001/owners/$ref' -Body ('{"@odata.id":"' + $Graph + '/v1.0/directoryObjects/' + $said + '"}') }
        Answer = ''
        Backup = '/servicePrincipals/c0000000-0000-4000-8000-000000000001'
        ByHand = ''
        Choices = @()
        Confirm = ''
        Goal = { param($said) if ($said) { ('["' + $said + '"]') } else { '' } }
        GoalState = @('')
        Guard = $null
        GuardOne = $true
        GuardStates = @()
        GuardWords = ''
        KeptBy = 0
        Kind = 'object-id'
        Leaves = $null
        Live = ''
        Look = { param($said) Get-MemberState -Path '/servicePrincipals/c0000000-0000-4000-8000-000000000001/owners' -Where @{ id = $said } }
        LookNeedsAnswer = $true
        Lost = ''
        Number = 3
        Permission = 'Application.ReadWrite.All'
        Question = 'The object id of the user, or service principal, that is to own it.'
        Raw = ''
        Request = 'POST /servicePrincipals/c0000000-0000-4000-8000-000000000001/owners/$ref {"@odata.id":"<graph>/v1.0/directoryObjects/<answer>"}'
        Risk = 'An owner can change the application''s settings and add credentials: choose who answers for it.'
        Role = 'Cloud Application Administrator'
        Start = { param($said) '[]' }
        Title = 'Add an owner'
    }
    @{
        Answer = ''
        Backup = ''
        ByHand = 'These groups take in everybody, or have more than 5000 members: All Employees (group, its rule takes in everybody, 238 members, e9eccbe5-a1b7-5539-a7ce-b90064d3ada9). Make a group of those who need the application, assign it, and remove the assignment of the group named here.'
        Choices = @()
        Confirm = ''
        GoalState = @('')
        Guard = $null
        GuardOne = $true
        GuardStates = @()
        GuardWords = ''
        KeptBy = 0
        Kind = ''
        Leaves = $null
        Live = ''
        LookNeedsAnswer = $false
        Lost = ''
        Number = 4
        Permission = ''
        Question = ''
        Raw = ''
        Request = ''
        Risk = ''
        Role = ''
        Title = 'No assigned group takes in everybody'
    }
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
if (-not $Apply) { $WhatIfPreference = $true }

$Undone = New-Object 'System.Collections.Generic.List[int]'
$Completed = New-Object 'System.Collections.Generic.List[int]'
$Already = New-Object 'System.Collections.Generic.List[int]'
$Left = New-Object 'System.Collections.Generic.List[int]'
$Graph = ''
$Log = ''
$Stamp = [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ')

class StoppedException : System.Exception {
    StoppedException([string] $Message) : base($Message) { }
}

function Write-Say {
    param([string] $Text)
    Write-Host $Text
    if ($Apply) {
        $line = '{0}  {1}' -f [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ'), $Text
        Add-Content -LiteralPath $script:Log -Value $line -Encoding UTF8 -WhatIf:$false -Confirm:$false
    }
}

# Ends the run. What was done and what was not is told by the caller of all steps.
function Stop-Run {
    param([string] $Why)
    throw [StoppedException]::new($Why)
}

function Get-Value {
    param($Object, [string] $Name)
    if ($null -eq $Object) { return $null }
    if ($Object -is [System.Collections.IDictionary]) {
        if ($Object.Contains($Name)) { return $Object[$Name] }
        return $null
    }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return $property.Value
}

# A state: a JSON list in ASCII with no white space. ConvertTo-Json escapes otherwise in each version of PowerShell.
function ConvertTo-State {
    param([AllowNull()] [AllowEmptyCollection()] [object[]] $Values)
    $parts = New-Object 'System.Collections.Generic.List[string]'
    foreach ($value in $Values) {
        if ($null -eq $value) { $parts.Add('null') }
        elseif ($value -is [bool]) { $parts.Add($value.ToString().ToLowerInvariant()) }
        else {
            $text = New-Object System.Text.StringBuilder
            foreach ($character in ([string] $value).ToCharArray()) {
                $code = [int] $character
                switch ($code) {
                    8 { [void] $text.Append('\b') }
                    9 { [void] $text.Append('\t') }
                    10 { [void] $text.Append('\n') }
                    12 { [void] $text.Append('\f') }
                    13 { [void] $text.Append('\r') }
                    34 { [void] $text.Append('\"') }
                    92 { [void] $text.Append('\\') }
                    default {
                        if ($code -lt 32 -or $code -gt 126) { [void] $text.Append('\u' + $code.ToString('x4')) }
                        else { [void] $text.Append($character) }
                    }
                }
            }
            $parts.Add('"' + $text.ToString() + '"')
        }
    }
    return '[' + [string]::Join(',', $parts) + ']'
}

# Texts sorted by code unit, as the other scripts sort them; no culture takes part.
function Get-Sorted {
    param([AllowNull()] [AllowEmptyCollection()] [object[]] $Values)
    $texts = New-Object 'System.Collections.Generic.List[string]'
    foreach ($value in $Values) { if ($null -ne $value) { $texts.Add([string] $value) } }
    $texts.Sort([System.StringComparer]::Ordinal)
    return , $texts.ToArray()
}

function Invoke-Graph {
    param([string] $Method, [string] $Path, [string] $Body)
    $request = @{ Method = $Method; Uri = $script:Graph + '/v1.0' + $Path; OutputType = 'HashTable' }
    if ($Body) {
        $request['Body'] = $Body
        $request['ContentType'] = 'application/json'
    }
    return Invoke-MgGraphRequest @request
}

# The state of one property; Many sorts the members of a set.
function Get-PropertyState {
    param([string] $Path, [string] $Name, [switch] $Many)
    $parts = $Name.Split('.')
    $value = Invoke-Graph -Method 'GET' -Path ($Path + '?$select=' + $parts[0])
    foreach ($part in $parts) { $value = Get-Value $value $part }
    if ($Many) { return ConvertTo-State (Get-Sorted @($value)) }
    return ConvertTo-State @(, $value)
}

# The key ids of the credentials whose property By has one of Values.
function Get-CredentialState {
    param([string] $Path, [string] $By, [string[]] $Values)
    $object = Invoke-Graph -Method 'GET' -Path ($Path + '?$select=keyCredentials,passwordCredentials')
    $ids = New-Object 'System.Collections.Generic.List[object]'
    foreach ($list in 'keyCredentials', 'passwordCredentials') {
        foreach ($credential in @(Get-Value $object $list)) {
            if ($null -ne $credential -and $Values -ccontains (Get-Value $credential $By)) {
                $ids.Add((Get-Value $credential 'keyId'))
            }
        }
    }
    return ConvertTo-State (Get-Sorted $ids.ToArray())
}

# The ids of the members of a paged collection that have all these values.
function Get-MemberState {
    param([string] $Path, [System.Collections.IDictionary] $Where)
    $next = $script:Graph + '/v1.0' + $Path
    while ($next) {
        if (-not $next.StartsWith($script:Graph + '/', [System.StringComparison]::Ordinal)) {
            Stop-Run 'the next page is at another host.'
        }
        $page = Invoke-MgGraphRequest -Method 'GET' -Uri $next -OutputType 'HashTable'
        $ids = New-Object 'System.Collections.Generic.List[object]'
        foreach ($member in @(Get-Value $page 'value')) {
            $isMatch = $null -ne $member
            foreach ($name in $Where.Keys) {
                if ($isMatch -and (Get-Value $member $name) -cne $Where[$name]) { $isMatch = $false }
            }
            if ($isMatch) { $ids.Add((Get-Value $member 'id')) }
        }
        if ($ids.Count -gt 0) { return ConvertTo-State (Get-Sorted $ids.ToArray()) }
        $next = [string] (Get-Value $page '@odata.nextLink')
    }
    return '[]'
}

# A credential as it can be sent: dates as Graph writes them, whatever the session made of them.
function ConvertTo-Credential {
    param($Credential)
    $sent = @{}
    if ($Credential -is [System.Collections.IDictionary]) { $names = @($Credential.Keys) }
    else { $names = @($Credential.PSObject.Properties | ForEach-Object { $_.Name }) }
    foreach ($name in $names) {
        $value = Get-Value $Credential $name
        if ($value -is [DateTime]) { $value = $value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffffffZ') }
        $sent[$name] = $value
    }
    return $sent
}

# Sends the object's credential lists as they are now, less some.
function Remove-Credentials {
    param([string] $Path, [string[]] $Lists, [string] $By, [string[]] $Values)
    $object = Invoke-Graph -Method 'GET' -Path ($Path + '?$select=keyCredentials,passwordCredentials')
    $body = @{}
    foreach ($list in $Lists) {
        $kept = New-Object 'System.Collections.Generic.List[object]'
        foreach ($credential in @(Get-Value $object $list)) {
            if ($null -ne $credential -and -not ($Values -ccontains (Get-Value $credential $By))) {
                $kept.Add((ConvertTo-Credential $credential))
            }
        }
        $body[$list] = $kept.ToArray()
    }
    [void] (Invoke-Graph -Method 'PATCH' -Path $Path -Body (ConvertTo-Json -InputObject $body -Depth 8 -Compress))
}

# Keeps the public keys that a step is about to remove.
function Save-Keys {
    param([int] $Number, [string] $Path, [string[]] $KeyIds)
    $object = Invoke-Graph -Method 'GET' -Path ($Path + '?$select=keyCredentials')
    $kept = @(
        @(Get-Value $object 'keyCredentials') |
            Where-Object { $KeyIds -ccontains (Get-Value $_ 'keyId') } |
            ForEach-Object { ConvertTo-Credential $_ }
    )
    Save-Text -Name ('kept-{0}.json' -f $Number) -Text (ConvertTo-Json -InputObject $kept -Depth 8 -Compress)
}

# Sends the object's keys as they are now, and those that were kept.
function Restore-Keys {
    param([int] $Number, [string] $Path)
    $file = Join-Path $State ('kept-{0}.json' -f $Number)
    if (-not (Test-Path -LiteralPath $file)) { Stop-Run ('there is no {0}: name the folder with -State.' -f $file) }
    $object = Invoke-Graph -Method 'GET' -Path ($Path + '?$select=keyCredentials')
    $keys = New-Object 'System.Collections.Generic.List[object]'
    foreach ($key in @(Get-Value $object 'keyCredentials')) {
        if ($null -ne $key) { $keys.Add((ConvertTo-Credential $key)) }
    }
    foreach ($key in @(Get-Content -LiteralPath $file -Raw | ConvertFrom-Json)) {
        $keys.Add((ConvertTo-Credential $key))
    }
    $body = ConvertTo-Json -InputObject @{ keyCredentials = $keys.ToArray() } -Depth 8 -Compress
    [void] (Invoke-Graph -Method 'PATCH' -Path $Path -Body $body)
}

# Writes the certificate that a step made, for the upload at the vendor.
function Export-Certificate {
    param([int] $Number, [string] $Path, [string] $Subject)
    $object = Invoke-Graph -Method 'GET' -Path ($Path + '?$select=keyCredentials')
    foreach ($key in @(Get-Value $object 'keyCredentials')) {
        if ((Get-Value $key 'displayName') -ceq $Subject -and (Get-Value $key 'usage') -ceq 'Verify') {
            $material = [string] (Get-Value $key 'key')
            if ($material) {
                $lines = [regex]::Replace($material, '.{64}', ('$0' + "`n")).TrimEnd()
                $text = "-----BEGIN CERTIFICATE-----`n" + $lines + "`n-----END CERTIFICATE-----`n"
                $file = Save-Text -Name ('certificate-{0}.cer' -f $Number) -Text $text
                Write-Say ('  The certificate to upload is in ' + $file)
                return
            }
        }
    }
    Write-Say '  The certificate cannot be exported: download it in the admin center (Single sign-on, SAML Certificates).'
}

function Save-Text {
    param([string] $Name, [string] $Text)
    $file = Join-Path $State $Name
    [System.IO.File]::WriteAllText($file, $Text)
    return $file
}

function Read-Text {
    param([string] $Name)
    $file = Join-Path $State $Name
    if (Test-Path -LiteralPath $file) { return [System.IO.File]::ReadAllText($file).Trim() }
    return ''
}

# The answer in its one spelling, or an error: nothing that would need an escape in JSON or in a URL gets through.
function ConvertTo-Answer {
    param([string] $Kind, [string] $Given, [string[]] $Choices)
    $formed = ''
    switch ($Kind) {
        'object-id' {
            $formed = $Given.ToLowerInvariant()
            if ($formed -cnotmatch '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z') { return $null }
        }
        'thumbprint' {
            $formed = $Given.ToUpperInvariant()
            if ($formed -cnotmatch '\A[0-9A-F]{40}\z') { return $null }
        }
        'addresses' {
            if ($Given -cnotmatch '\A[A-Za-z0-9.!#%*+/=?^_~@,-]+\z') { return $null }
            $addresses = Get-Sorted @($Given.Split(',') | Select-Object -Unique)
            foreach ($address in $addresses) {
                if ($address -cnotmatch '\A[^@]+@[^@]+\.[^@]+\z') { return $null }
            }
            $formed = '"' + [string]::Join('","', $addresses) + '"'
        }
        'url' {
            $formed = $Given
            if ($formed -cnotmatch '\Ahttps://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+\z') { return $null }
        }
    }
    if ($Choices.Count -gt 0 -and -not ($Choices -ccontains $formed)) { return $null }
    return $formed
}

# The answer given, kept from an earlier run, or left by another step; empty where there is none.
function Get-Answer {
    param([hashtable] $Step)
    if (-not $Step.Kind) { return '' }
    $given = ''
    if ($Answer.ContainsKey([string] $Step.Number)) { $given = [string] $Answer[[string] $Step.Number] }
    elseif ($Answer.ContainsKey([int] $Step.Number)) { $given = [string] $Answer[[int] $Step.Number] }
    if (-not $given) { $given = Read-Text ('answer-{0}' -f $Step.Number) }
    if (-not $given -and $Step.KeptBy) { $given = Read-Text ('thumbprint-{0}' -f $Step.KeptBy) }
    if (-not $given) { return '' }
    $Step.Raw = $given
    $formed = ConvertTo-Answer -Kind $Step.Kind -Given $given -Choices $Step.Choices
    if ($null -eq $formed) { Stop-Run ('the answer to step {0} has not the right form: {1}' -f $Step.Number, $Step.Question) }
    return $formed
}

# Whether a look gave one of these states; + is "something is there".
function Test-State {
    param([string] $Live, [string[]] $Wanted)
    foreach ($state in $Wanted) {
        if ($state -ceq '+' -and $Live -cne '[]') { return $true }
        if ($state -and $Live -ceq $state) { return $true }
    }
    return $false
}

function Test-Guard {
    param([hashtable] $Step)
    if ($null -eq $Step.Guard) { return $true }
    $live = & $Step.Guard
    return ($Step.GuardStates -ccontains $live) -eq $Step.GuardOne
}

# Looks, and gives already, ready, moved, unanswered, lost, unconfirmed or manual.
function Get-Judgement {
    param([hashtable] $Step)
    $Step.Live = ''
    if ($Step.ByHand) { return 'manual' }
    $said = Get-Answer $Step
    $Step.Answer = $said
    $start = & $Step.Start $said
    $goal = & $Step.Goal $said
    $Step.GoalState = @($goal)
    if (-not $said -and ($Step.LookNeedsAnswer -or (-not @($goal)[0] -and $Mode -ceq 'apply'))) { return 'unanswered' }
    try { $Step.Live = & $Step.Look $said }
    catch {
        $needs = 'It needs the permission {0} ({1}).' -f $Step.Permission, $Step.Role
        Stop-Run ('step {0} could not be looked at. {1} {2}' -f $Step.Number, $needs, $_.Exception.Message)
    }
    if (Test-State $Step.Live @($goal)) { return 'already' }
    if (-not @($start)[0]) { return 'unanswered' }
    if (-not (Test-State $Step.Live @($start))) { return 'moved' }
    if ($Step.Lost) { return 'lost' }
    if ($Step.Confirm -and -not $Confirmed) { return 'unconfirmed' }
    return 'ready'
}

function Show-Judgement {
    param([hashtable] $Step, [string] $Verdict)
    Write-Say ('Step {0}: {1}' -f $Step.Number, $Step.Title)
    switch ($Verdict) {
        'manual' { Write-Say ('  BY HAND: ' + $Step.ByHand) }
        'already' { Write-Say ('  Nothing to do: it is as it should be: ' + $Step.Live) }
        'moved' { Write-Say ('  CHANGED SINCE THE SCAN: it is ' + $Step.Live) }
        'unanswered' {
            Write-Say ('  NOT ANSWERED: ' + $Step.Question)
            Write-Say ('  Give the answer with: -Answer @{{ ''{0}'' = ''VALUE'' }}' -f $Step.Number)
        }
        'lost' { Write-Say ('  CANNOT BE UNDONE: ' + $Step.Lost) }
        'unconfirmed' {
            Write-Say ('  NOT CONFIRMED: ' + $Step.Confirm)
            Write-Say '  When this is so, run again with -Confirmed'
        }
        'ready' {
            Write-Say ('  it is      ' + $Step.Live)
            Write-Say ('  it becomes ' + @($Step.GoalState)[0])
            Write-Say ('  by ' + $Step.Request)
            Write-Say ('  Risk: ' + $Step.Risk)
        }
    }
}

# Does a step, and sees that it was done.
function Invoke-Step {
    param([hashtable] $Step)
    $number = $Step.Number
    $verdict = Get-Judgement $Step
    if ($verdict -ceq 'already') {
        $Already.Add($number)
        if ($Step.Leaves) { & $Step.Leaves }
        return
    }
    if ($verdict -ceq 'moved') {
        Show-Judgement $Step $verdict
        Stop-Run ('step {0}: somebody changed it since the scan. Scan again, and use the new plan.' -f $number)
    }
    if ($verdict -cne 'ready') {
        $Left.Add($number)
        return
    }
    if (-not (Test-Guard $Step)) { Stop-Run ('step {0}: {1}' -f $number, $Step.GuardWords) }
    if (-not $PSCmdlet.ShouldProcess($Step.Backup, ('Step {0}: {1}' -f $number, $Step.Title))) {
        $Left.Add($number)
        return
    }
    Write-Say ('Step {0}: {1}' -f $number, $Step.Title)
    $backup = Invoke-Graph -Method 'GET' -Path $Step.Backup
    $text = ConvertTo-Json -InputObject $backup -Depth 16
    [void] (Save-Text -Name ('backup-{0}-{1}-{2}.json' -f $Mode, $number, $Stamp) -Text $text)
    if ($Step.Answer) { [void] (Save-Text -Name ('answer-{0}' -f $number) -Text $Step.Raw) }
    try { $sent = & $Step.Act $Step.Answer }
    catch {
        $needs = 'It needs the permission {0} ({1}).' -f $Step.Permission, $Step.Role
        Stop-Run ('step {0}: the change was refused. {1} {2}' -f $number, $needs, $_.Exception.Message)
    }
    if ($Step.Leaves) { [void] (Save-Text -Name ('thumbprint-{0}' -f $number) -Text ([string] (Get-Value $sent 'thumbprint'))) }
    foreach ($pause in 0, 1, 2, 4, 8, 16) {
        Start-Sleep -Seconds $pause
        $live = & $Step.Look $Step.Answer
        if (Test-State $live @($Step.GoalState)) {
            $Completed.Add($number)
            Write-Say ('  done and verified: ' + $live)
            if ($Step.Leaves) { & $Step.Leaves }
            return
        }
    }
    Stop-Run ('step {0} was sent, and the change does not show: it is {1}' -f $number, $live)
}

function Test-Tenant {
    $context = Get-MgContext
    if ($null -eq $context) { Stop-Run ('nobody is signed in. Run: Connect-MgGraph -TenantId ' + $Tenant) }
    if ([string] $context.TenantId -cne $Tenant) {
        Stop-Run ('wrong tenant: this plan is for {0}, and the session is in {1}.' -f $Tenant, $context.TenantId)
    }
    $environment = Get-MgEnvironment | Where-Object { $_.Name -eq $context.Environment }
    $script:Graph = ([string] $environment.GraphEndpoint).TrimEnd('/')
    if (-not $Graph) { Stop-Run 'the session does not say where Microsoft Graph is.' }
    if ($ExpectedGraph -and $Graph -cne $ExpectedGraph) {
        Stop-Run ('wrong cloud: this plan is for {0}, and the session uses {1}.' -f $ExpectedGraph, $Graph)
    }
}

function Get-Numbers {
    param($Numbers)
    if ($Numbers.Count -eq 0) { return 'none' }
    return [string]::Join(' ', $Numbers)
}

function Invoke-Plan {
    Test-Tenant
    Write-Say ('Plan {0}, {1}, tenant {2}, {3}' -f $PlanId, $Mode, $Tenant, $Graph)
    $moved = New-Object 'System.Collections.Generic.List[int]'
    foreach ($step in $Chosen) {
        $verdict = Get-Judgement $step
        Show-Judgement $step $verdict
        if ($verdict -ceq 'moved') { $moved.Add($step.Number) }
        elseif ($verdict -ceq 'ready') {
            if (-not (Test-Guard $step)) { Write-Say ('  BUT NOT YET: ' + $step.GuardWords) }
        }
        elseif ($verdict -cne 'already' -and -not $Apply) { $Left.Add($step.Number) }
    }
    if ($moved.Count -gt 0) {
        Stop-Run ('changed since the scan: {0}. Scan again, and use the new plan. Nothing was changed.' -f (Get-Numbers $moved))
    }
    if (-not $Apply) {
        Write-Say 'Dry run: nothing was changed. To act, give -Apply.'
        return
    }
    foreach ($step in $Chosen) { Invoke-Step $step }
}

$Chosen = @($Steps | Where-Object { $Only.Count -eq 0 -or $Only -contains $_.Number })
if ($Apply) {
    [void] [System.IO.Directory]::CreateDirectory($State)
    $script:Log = Join-Path $State ('transcript-{0}-{1}.log' -f $Mode, $Stamp)
}
$code = 0
try { Invoke-Plan }
catch [StoppedException] {
    $code = 1
    Write-Say ('STOPPED: ' + $_.Exception.Message)
}
catch {
    $code = 1
    Write-Say ('STOPPED by an error: ' + $_.Exception.Message)
}
foreach ($step in $Chosen) {
    $number = $step.Number
    if (-not ($Completed.Contains($number) -or $Already.Contains($number) -or $Left.Contains($number))) { $Undone.Add($number) }
}
if ($Apply) {
    Write-Say ('Done: {0}. Nothing to do: {1}. Left to a person: {2}.' -f (Get-Numbers $Completed), (Get-Numbers $Already), (Get-Numbers $Left))
    if ($code -ne 0) { Write-Say ('Not done: {0}. Take back what was done with {1}' -f (Get-Numbers $Undone), $Rollback) }
}
if ($code -eq 0 -and $Left.Count -gt 0) { $code = 3 }
exit $code

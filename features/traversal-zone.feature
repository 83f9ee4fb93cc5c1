Feature: Secure traversal zone
  One TLS connection from the VCS Control to the VCS Expressway carries everything SIP between them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the Control opens the zone, the Expressway only listens

    @TRAV-01 @TRAV-08 @TRAV-12 @TRAV-22
    Scenario: the zone comes up
      Given the deployment runs
      Then the traversal zone is active at both ends
      And the VCS Control has connected to port 7001 of the VCS Expressway
      And the VCS Expressway has opened no connection to the inside

    @TRAV-02 @SEC-01
    Scenario: the zone speaks TLS from the first byte
      Given Alice is signed in
      Then the traversal zone is active at both ends
      And all TCP between the VCS Control and the VCS Expressway is TLS, SSH or turns to TLS
      And "OPTIONS sip:" can not be read between the VCS Control and the VCS Expressway

    @TRAV-12
    Scenario: the ports of the zone differ
      Given the traversal zone of the VCS Control uses port 7002
      Then the traversal zone fails at the VCS Control: "Connection refused"
      When the administrator corrects the traversal zone of the VCS Control
      Then the traversal zone is active at both ends

    @TRAV-23
    Scenario: the zone's name is free
      Given the traversal zones have different names at both ends
      Then the traversal zone is active at both ends

  Rule: the Control's credentials are those of the Expressway's local authentication database

    @TRAV-09
    Scenario: the zone password was mistyped on the Control
      Given the traversal zone of the VCS Control has the wrong password
      Then the traversal zone fails at the VCS Control: "Authentication failed"
      And the traversal zone fails at the VCS Expressway: "Incorrect authentication credential"
      And the VCS Control receives "401 Unauthorized (OPTIONS)" from the VCS Expressway
      And the VCS Control receives no "200 OK (OPTIONS)"
      When the administrator corrects the traversal zone of the VCS Control
      Then the traversal zone is active at both ends

    @TRAV-09
    Scenario: the zone password was mistyped on the Expressway
      Given the traversal zone of the VCS Expressway has the wrong password
      Then the traversal zone fails at the VCS Control: "Authentication failed"
      And the VCS Control receives no "200 OK (OPTIONS)"
      When the administrator corrects the traversal zone of the VCS Expressway
      Then the traversal zone is active at both ends

    @TRAV-10 @TRAV-09
    Scenario: the credential is deleted and created again
      Given the deployment runs
      When the administrator deletes the zone's credential on the VCS Expressway
      Then the traversal zone is "Active" at the VCS Control
      When the clocks advance by 30 seconds
      Then the VCS Control receives "401 Unauthorized (OPTIONS)" from the VCS Expressway
      And the traversal zone fails at the VCS Control: "Authentication failed"
      And the traversal zone fails at the VCS Expressway: "Incorrect authentication credential"
      When the administrator creates the zone's credential on the VCS Expressway
      Then the first traversal zone is "Active" at both ends

  Rule: both VCSs verify each other's certificate

    @TRAV-03 @TRAV-04 @CERT-10
    Scenario: the Expressway does not trust the CA of the Control's certificate
      Given the certificate of the VCS Control is from a CA the others do not trust
      Then the traversal zone fails at the VCS Expressway: "Incomplete chain or untrusted CA"
      And the VCS Control receives no "200 OK (OPTIONS)"

    @TRAV-03 @TRAV-04 @CERT-10
    Scenario: the Control does not trust the CA of the Expressway's certificate
      Given the certificate of the VCS Expressway is from a CA the others do not trust
      Then the traversal zone fails at the VCS Control: "Incomplete chain or untrusted CA"
      And the VCS Expressway receives no "OPTIONS"

    @TRAV-05 @CERT-03
    Scenario: the Control's certificate lacks client authentication
      Given the certificate of the VCS Control is for server authentication only
      Then the traversal zone fails at the VCS Expressway: "lacks the Client Authentication extension"
      And the VCS Control receives no "200 OK (OPTIONS)"

    @TRAV-05
    Scenario: the Expressway's certificate lacks server authentication
      Given the certificate of the VCS Expressway is for client authentication only
      Then the traversal zone fails at the VCS Control: "lacks the Server Authentication extension"
      And the VCS Expressway receives no "OPTIONS"

    Scenario: the Control's certificate has expired
      Given the certificate of the VCS Control has expired
      Then the traversal zone fails at the VCS Expressway: "Expired"
      And the VCS Control receives no "200 OK (OPTIONS)"

  Rule: the Expressway looks for the TLS verify subject name in the Control's certificate

    @TRAV-14
    Scenario: the name was mistyped
      Given the TLS verify subject name of the VCS Expressway is "vcsc.example.com"
      Then the traversal zone fails at the VCS Expressway: "identity was unacceptable"
      And the VCS Control receives no "200 OK (OPTIONS)"
      When the administrator corrects the traversal zone of the VCS Expressway
      Then the traversal zone is active at both ends

    @TRAV-14
    Scenario: the name is the common name only
      Given the certificate of the VCS Control has its name as common name only
      Then the traversal zone is active at both ends

    @TRAV-14
    Scenario: the name is an alternative name only
      Given the certificate of the VCS Control has its name as alternative name only
      Then the traversal zone is active at both ends

  Rule: the Control looks for the peer address in the Expressway's certificate

    @TRAV-16 @TRAV-19
    Scenario: the Expressway's certificate does not name it
      Given the certificate of the VCS Expressway holds another name
      Then the traversal zone fails at the VCS Control: "identity was unacceptable"
      And the VCS Expressway receives no "OPTIONS"

    @TRAV-19
    Scenario: the peer address is not in the DNS
      Given the peer address of the VCS Control is "vcse9.example.com"
      Then the traversal zone fails at the VCS Control: "DNS resolution failed"
      When the administrator corrects the traversal zone of the VCS Control
      Then the traversal zone is active at both ends

  Rule: neither end checks credentials of calls that come through the zone

    @TRAV-18 @TRB-407-01 @TRB-407-02
    Scenario: the Control checks credentials, a call from outside fails
      Given the authentication policy of the traversal zone on the VCS Control is "Check credentials"
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call fails with "407 Proxy Authentication Required"
      And no INVITE reaches Carol
      When the administrator sets the authentication policy on the VCS Control to "Do not check credentials"
      And Alice calls Carol
      Then the call connects

    @TRAV-18 @TRB-407-01 @TRB-407-02
    Scenario: the Expressway checks credentials, a call to outside fails
      Given the authentication policy of the traversal zone on the VCS Expressway is "Check credentials"
      And Alice and Carol are signed in
      When Carol calls Alice
      Then the VCS Control has sent "500 Internal Server Error" for the call
      And the call fails with "480 Temporarily Unavailable"
      And no INVITE reaches Alice
      When the administrator sets the authentication policy on the VCS Expressway to "Do not check credentials"
      And Carol calls Alice
      Then the call connects

  Rule: the zone of Unified Communications is TLS and nothing else; other connections have zones of their own

    @TRAV-07 @TRAV-11
    Scenario: H.323 is on in the zone
      Given "H.323 Mode" is "On" for the traversal zone of the VCS Control
      And "H.323 Mode" is "On" for the traversal zone of the VCS Expressway
      And the deployment runs
      Then the VCS Control shows the configuration error "H.323 Mode is not Off"
      And the VCS Expressway shows the configuration error "H.323 Mode is not Off"
      And nothing has used port 6001 of the VCS Expressway
      And nothing has used port 1719 of the VCS Expressway
      When the administrator sets "H.323 Mode" of the traversal zone of the VCS Control to "Off"
      And the administrator sets "H.323 Mode" of the traversal zone of the VCS Expressway to "Off"
      Then the VCS Control shows no configuration error
      And the VCS Expressway shows no configuration error
      And the first traversal zone is "Active" at both ends

    @TRAV-07
    Scenario Outline: a second pair of zones over <transport> stands beside it
      Given a second pair of traversal zones over <transport> on port 7002
      And the deployment runs
      Then the first traversal zone is "Active" at both ends
      And the second traversal zone is "Active" at both ends
      And the zone on port 7002 carries OPTIONS and nothing else
      And the provisioning exchange goes over port 7001 only
      And the VCS Control shows no configuration error
      And the VCS Expressway shows no configuration error
      When the administrator breaks the first traversal zone: another password
      Then the first traversal zone is "Failed" at both ends
      And the second traversal zone is "Active" at both ends

      Examples:
        | transport |
        | TLS       |
        | TCP       |

    Scenario: the zone is over TCP
      Given the deployment is not expected to work
      And "Transport" is "TCP" for the traversal zone of the VCS Control
      And "Transport" is "TCP" for the traversal zone of the VCS Expressway
      And the deployment runs
      Then the first traversal zone is "Active" at both ends
      And "OPTIONS sip:" can be read between the VCS Control and the VCS Expressway
      And the zone on port 7001 carries OPTIONS and nothing else
      And the VCS Control has not connected to port 2222 of the VCS Expressway
      And the VCS Control shows the configuration error "Transport is not TLS"
      And the VCS Expressway shows the configuration error "Transport is not TLS"

    Scenario Outline: SIP Mode is off at one end
      Given the deployment is not expected to work
      And "SIP Mode" is "Off" for the traversal zone of the <host>
      And the deployment runs
      Then the traversal zone fails at the <host>: "SIP Mode of the zone is Off"
      And the first traversal zone is "Failed" at both ends
      And the <host> shows the configuration error "SIP Mode is not On"
      When the administrator sets "SIP Mode" of the traversal zone of the <host> to "On"
      Then the traversal zone is active at both ends

      Examples:
        | host           |
        | VCS Control    |
        | VCS Expressway |

  Rule: Unified Communications services are on at both ends of one zone

    @TRAV-13
    Scenario: they are on
      Given the deployment runs
      Then the provisioning exchange goes over port 7001 only
      And the VCS Control has connected to port 2222 of the VCS Expressway
      And the VCS Control has connected to port 7400 of the VCS Expressway
      And the IM and Presence server is "Active" at the VCS Control

    @TRAV-13
    Scenario: they are off at the Control's end
      Given the deployment is not expected to work
      And "Unified Communications services" is "No" for the traversal zone of the VCS Control
      And the deployment runs
      Then the first traversal zone is "Active" at both ends
      And the zone on port 7001 carries OPTIONS and nothing else
      And the IM and Presence server is "Inactive" at the VCS Control
      And the VCS Control shows the configuration error "No traversal zone has Unified Communications services"
      And the VCS Control has not connected to port 2222 of the VCS Expressway
      And the VCS Control has not connected to port 7400 of the VCS Expressway
      When Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"
      When the administrator sets "Unified Communications services" of the traversal zone of the VCS Control to "Yes"
      Then everything the VCS Control needs comes up
      And the VCS Control receives "200 OK (SERVICE)" from the VCS Expressway
      And the IM and Presence server is "Active" at the VCS Control
      And the VCS Control has connected to port 2222 of the VCS Expressway

    @TRAV-13
    Scenario: they are off at the Expressway's end
      Given the deployment is not expected to work
      And "Unified Communications services" is "No" for the traversal zone of the VCS Expressway
      And the deployment runs
      Then the first traversal zone is "Active" at both ends
      And the VCS Control receives "403 Forbidden" to the provisioning exchange
      And the VCS Control raises the alarm "Unified Communications SSH tunnel notification failure - What the SSH tunnel needs could not be told over the traversal zone"
      And the IM and Presence server is "Inactive" at the VCS Control
      And the VCS Expressway shows the configuration error "No traversal zone has Unified Communications services"
      And the VCS Control has not connected to port 2222 of the VCS Expressway
      And the VCS Control has not connected to port 7400 of the VCS Expressway
      When the administrator sets "Unified Communications services" of the traversal zone of the VCS Expressway to "Yes"
      Then everything the VCS Control needs comes up
      And the VCS Control receives "200 OK (SERVICE)" from the VCS Expressway
      And the IM and Presence server is "Active" at the VCS Control
      And the VCS Control has connected to port 2222 of the VCS Expressway

    @TRAV-15
    Scenario: they are on for two zones
      Given a second pair of traversal zones on port 7002 with Unified Communications services
      And the deployment runs
      Then the second traversal zone is "Active" at both ends
      And the VCS Control shows the configuration error "Unified Communications services are on for more than one traversal zone"
      And the VCS Expressway shows the configuration error "Unified Communications services are on for more than one traversal zone"
      And the provisioning exchange goes over port 7001 only
      And the zone on port 7002 carries OPTIONS and nothing else
      When the administrator turns Unified Communications services of the second pair off
      Then the VCS Control shows no configuration error
      And the VCS Expressway shows no configuration error

  Rule: an IP address as peer address stands in the Expressway's certificate

    @TRAV-20
    Scenario: it does
      Given the peer address of the VCS Control is the IP address of the VCS Expressway
      And the certificate of the VCS Expressway also holds its IP address
      Then the traversal zone is active at both ends

    @TRAV-20
    Scenario: it does not
      Given the deployment is not expected to work
      And the peer address of the VCS Control is the IP address of the VCS Expressway
      Then the traversal zone fails at the VCS Control: "identity was unacceptable"
      And the VCS Expressway receives no "OPTIONS"

  Rule: with TLS verify mode off an end takes any certificate

    Scenario: the Expressway takes a certificate of an unknown CA
      Given the deployment is not expected to work
      And the certificate of the VCS Control is from a CA the others do not trust
      And "TLS verify mode" is "Off" for the traversal zone of the VCS Expressway
      Then the first traversal zone is "Active" at both ends
      And the VCS Expressway shows the configuration error "TLS verify mode is not On"
      When the administrator sets "TLS verify mode" of the traversal zone of the VCS Expressway to "On"
      Then the traversal zone fails at the VCS Expressway: "Incomplete chain or untrusted CA"

    Scenario: the Control takes a certificate of an unknown CA
      Given the deployment is not expected to work
      And the certificate of the VCS Expressway is from a CA the others do not trust
      And "TLS verify mode" is "Off" for the traversal zone of the VCS Control
      Then the first traversal zone is "Active" at both ends
      And the VCS Control shows the configuration error "TLS verify mode is not On"
      When the administrator sets "TLS verify mode" of the traversal zone of the VCS Control to "On"
      Then the traversal zone fails at the VCS Control: "Incomplete chain or untrusted CA"

  Rule: a cluster of Controls is known by its cluster name, which stands in the certificate of each peer

    Background:
      Given a cluster of each: Controls, Expressways, Unified CM and IM&P

    @TRAV-17
    Scenario: it does
      Given the deployment runs
      Then the VCS Control receives "200 OK (OPTIONS)" from the VCS Expressway
      And the second VCS Control receives "200 OK (OPTIONS)" from the VCS Expressway
      And the second VCS Control receives "200 OK (OPTIONS)" from the second VCS Expressway

    @TRAV-17
    Scenario: the certificate of one Control lacks it
      Given the certificate of the second VCS Control lacks the name of its cluster
      And the deployment is not expected to work
      Then the traversal zone fails at the second VCS Control: "Connection lost"
      And the second VCS Control receives no "200 OK (OPTIONS)" from the VCS Expressway
      And the second VCS Control receives no "200 OK (OPTIONS)" from the second VCS Expressway
      And the VCS Control receives "200 OK (OPTIONS)" from the VCS Expressway
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Alice is registered by way of the VCS Control

    @TRAV-17 @fault:cluster-name-not-in-certificate
    Scenario: the Control whose certificate lacks it gets another certificate
      When the field issue "cluster-name-not-in-certificate" is reproduced
      Then it is healthy, shows the symptom, and is healthy again

  Rule: every Expressway of a cluster is listed as a peer of the Control's traversal zone

    Background:
      Given a cluster of each: Controls, Expressways, Unified CM and IM&P

    @TRAV-21
    Scenario: both are
      Given the deployment runs
      Then the VCS Control has connected to port 7001 of the VCS Expressway
      And the VCS Control has connected to port 7001 of the second VCS Expressway
      And the second VCS Control has connected to port 7001 of the VCS Expressway
      And the second VCS Control has connected to port 7001 of the second VCS Expressway
      When Alice looks for the edge 8 times
      Then every answer is 200 by whichever peers it came

    @TRAV-21
    Scenario: the second one was left out
      Given the traversal zone of the VCS Control lists the first VCS Expressway only
      When Alice looks for the edge 12 times
      Then the VCS Control has not connected to port 7001 of the second VCS Expressway
      And the answers by way of the second VCS Expressway are 502, the others 200

Feature: Automatic zones and search rules to Unified CM
  The VCS Control makes a neighbour zone and a search rule for every Unified CM node it discovers.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: every discovered node gets a TCP zone and a search rule

    @ZONE-01 @ZONE-03 @ZONE-07 @ZONE-09
    Scenario: Unified CM was discovered
      Given the deployment runs
      Then the VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name
      And the VCS Control has connected to port 5060 of the Unified CM from source ports 25000 to 29999

    @ZONE-01
    Scenario: no Unified CM was added
      Given the VCS Control knows no Unified CM
      And the deployment runs
      Then the VCS Control has no zone "CEtcp-cucm1"

    @ZONE-06
    Scenario: the zone is called as Unified CM calls its node
      Given Unified CM calls its node "cucm1.example.com"
      And the deployment runs
      Then the VCS Control has a zone "CEtcp-cucm1.example.com" and a search rule of the same name
      And the VCS Control has no zone "CEtcp-cucm1"

  Rule: what was generated changes with Unified CM only

    Scenario: the administrator deletes a generated zone and its search rule
      Given the deployment runs
      When the administrator deletes the zone "CEtcp-cucm1" on the VCS Control
      Then the change is refused: "generated for the node "cucm1", discovered from the Unified CM server "cucm1.example.com""
      When the administrator deletes the search rule "CEtcp-cucm1" on the VCS Control
      Then the change is refused: "refresh the servers at Configuration > Unified Communications > Unified CM servers"
      And the VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name

    Scenario: the administrator deletes the Unified CM server instead
      Given the deployment runs
      When the administrator deletes the server "cucm1.example.com" on the VCS Control
      Then the zone "CEtcp-cucm1" is gone
      When the administrator deletes the zone "CEtcp-cucm1" on the VCS Control
      Then the change is refused: "has no zone "CEtcp-cucm1""

  Rule: the search rule of a node with a long name is a regular expression

    @ZONE-10
    Scenario: the name has more characters than a pattern takes
      Given the internal DNS also has the name "unified-communications-manager-publisher-of-headquarters-floor.example.com" for the Unified CM
      When Unified CM is told to call its node "unified-communications-manager-publisher-of-headquarters-floor"
      And the administrator refreshes the servers
      Then the search rule "CEtcp-unified-communications-manager-publisher-of-headquarters-floor" of the VCS Control has the pattern type Regex
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtcp-unified-communications-manager-publisher-of-headquarters-floor"

    @ZONE-10
    Scenario: a short name is matched as it is
      Given the internal DNS also has the name "unified-communications-manager.example.com" for the Unified CM
      When Unified CM is told to call its node "unified-communications-manager"
      And the administrator refreshes the servers
      Then the search rule "CEtcp-unified-communications-manager" of the VCS Control has the pattern type Exact
      When Alice signs in
      Then the registration of Alice went through the zone "CEtcp-unified-communications-manager"

  Rule: Unified CM, not Control, spreads the registrations over its nodes

    Background:
      Given the Unified CM cluster has a publisher and a subscriber

    @ZONE-11
    Scenario: the users' groups name the nodes in a different order
      Given the Cisco Unified CM Group of Alice is "cucm1, cucm2"
      And the Cisco Unified CM Group of Bob is "cucm2, cucm1"
      When Alice signs in
      Then the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control
      And the Unified CM has Alice registered
      When Bob signs in
      Then the subscriber of Unified CM receives "REGISTER sip:cucm2.example.com" from the VCS Control
      And the subscriber of Unified CM has Bob registered

    @ZONE-11
    Scenario: both groups have only the subscriber
      Given the Cisco Unified CM Group of Alice is "cucm2"
      And the Cisco Unified CM Group of Bob is "cucm2"
      When Alice signs in
      And Bob signs in
      Then the zone "CEtcp-cucm1" is active on port 5060
      And the subscriber of Unified CM has Alice registered
      And the subscriber of Unified CM has Bob registered
      And the Unified CM has nobody registered

  Rule: devices without a secure profile use the TCP zone

    @ZONE-12
    Scenario: Alice's device is not secure
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control
      And the registration of Alice went through the zone "CEtcp-cucm1"

  Rule: devices with a secure profile use the TLS zone

    @ZONE-12 @CERT-C-05
    Scenario: Alice's profile stands in the certificate of Control
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"
      And Unified CM has Alice registered

    @SEC-10
    Scenario: without mixed mode the profile is downgraded to TCP
      Given the Cluster Security Mode of Unified CM is 0
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtcp-cucm1"

    @TRB-REG-03 @CERT-C-04
    Scenario: Alice's profile does not stand in the certificate of Control, the board room's does
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "other.secure.example.com"
      And the device of the board room has the phone security profile "jabber.secure.example.com"
      When Alice signs in
      Then the phone service of Alice fails: "403 Forbidden"
      And Unified CM has Alice not registered
      And the VCS Control has logged "Failed to establish SSL connection"
      When the board room signs in
      Then the sign-in of the board room succeeds
      And the registration of the board room went through the zone "CEtls-cucm1"

    @TRB-REG-04
    Scenario: a profile name that is no FQDN does not help in the certificate either
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "securejabber"
      And the certificate of the VCS Control has the name "securejabber" too
      When Alice signs in
      Then the phone service of Alice fails: "403 Forbidden"
      And Unified CM has Alice not registered
      And the VCS Control has logged "Failed to establish SSL connection"

    @TRB-REG-04
    Scenario: as an FQDN in Unified CM and in the certificate it does
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "securejabber.example.com"
      And the certificate of the VCS Control has the name "securejabber.example.com" too
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"

  Rule: in mixed mode every node gets a TLS zone besides

    @ZONE-03 @ZONE-04 @SYNC-04 @SYNC-06
    Scenario: the cluster goes into mixed mode and out of it
      Given the deployment runs
      When the Cluster Security Mode of Unified CM becomes 1
      Then the VCS Control has no zone "CEtls-cucm1"
      When the administrator refreshes the servers
      Then the VCS Control has a zone "CEtls-cucm1" and a search rule of the same name
      And the zone "CEtls-cucm1" is active on port 5061
      And the zone "CEtls-cucm1" has TLS verify mode On
      And the zone "CEtcp-cucm1" is active on port 5060
      When the Cluster Security Mode of Unified CM becomes 0
      And the administrator refreshes the servers
      Then the zone "CEtls-cucm1" is gone
      And the zone "CEtcp-cucm1" is active on port 5060

    @ZONE-05
    Scenario: the discovery had TLS verify mode Off
      Given the certificate of the Unified CM was signed by a private authority
      And the TLS verify mode for Unified CM is Off
      And the deployment runs
      When the Cluster Security Mode of Unified CM becomes 1
      And the administrator refreshes the servers
      Then the zone "CEtls-cucm1" is active on port 5061
      And the zone "CEtls-cucm1" has TLS verify mode Off

    @SEC-13 @DISC-CUCM-05
    Scenario: the CallManager certificate lacks the name that Unified CM returned for its node
      Given the certificate of the Unified CM lacks its bare host name
      And the deployment runs
      When the Cluster Security Mode of Unified CM becomes 1
      And the administrator refreshes the servers
      Then the zone "CEtls-cucm1" has failed: "'cucm1' is not in the certificate"
      And the zone "CEtcp-cucm1" is active on port 5060

    @CUCM-12
    Scenario: the root CA of Control's certificate is missing in CallManager-trust
      Given the deployment runs
      When CallManager-trust of Unified CM is emptied
      And the Cluster Security Mode of Unified CM becomes 1
      And the administrator refreshes the servers
      Then the zone "CEtls-cucm1" has failed: "Failed to establish SSL connection"
      And the zone "CEtcp-cucm1" is active on port 5060

  Rule: changes in Unified CM need a refresh on Control

    @SYNC-03 @SYNC-06
    Scenario: the SIP phone port was changed
      Given the deployment runs
      When the SIP Phone Port of Unified CM becomes 5070
      Then the zone "CEtcp-cucm1" has failed: "connection refused"
      When the administrator refreshes the servers
      Then the zone "CEtcp-cucm1" is active on port 5070

  Rule: what Unified CM must not be is told on the page of the server

    @PRE-04
    Scenario: Unified CM is older than 9.1(2)SU1
      Given the software of Unified CM is "9.1.1.10000-11"
      And the deployment runs
      Then the Unified CM server shows the problem "9.1(2)SU1 or later is required"

    @CUCM-11
    Scenario: a server is entered by its fully qualified name
      Given Unified CM calls its node "cucm1.example.com"
      And the deployment runs
      Then the Unified CM server shows the problem "is a fully qualified name"

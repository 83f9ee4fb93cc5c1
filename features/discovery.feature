Feature: Discovering Unified CM servers
  Control asks the Unified CM publisher over AXL for the nodes of its cluster and makes zones for them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the publisher is asked for its nodes

    @DISC-02 @DISC-CUCM-04 @DISC-CUCM-02
    Scenario: the publisher's address is added
      Given the deployment runs
      Then the Unified CM receives "POST /axl/" from the VCS Control
      And Control has discovered the nodes "cucm1" through "cucm1.example.com"

    @DISC-02
    Scenario: without Unified CM servers nobody is authenticated
      Given the VCS Control knows no Unified CM
      And the SSH tunnel between the VCSs is up
      When Alice signs in
      Then Alice receives "503 Service Unavailable"
      And the Unified CM receives no "GET /cucm-uds"

    @DISC-CUCM-04
    Scenario: the password of the AXL user was mistyped on Control
      Given the password of the AXL user on Control is wrong
      When discovery has failed for "cucm1.example.com"
      Then the reason of the failed discovery is that "HTTPError:401"
      And the VCS Control receives "401 Unauthorized" from the Unified CM

    @DISC-CUCM-02
    Scenario: the AXL user lacks the role "Standard AXL API Access"
      Given the AXL user of Unified CM has no role
      When discovery has failed for "cucm1.example.com"
      Then the reason of the failed discovery is that "HTTPError:403"
      And the VCS Control receives "403 Forbidden" from the Unified CM

    @CUCM-13
    Scenario: the AXL service is not activated on the publisher
      Given the Cisco AXL Web Service of Unified CM was never activated
      When discovery has failed for "cucm1.example.com"
      Then the reason of the failed discovery is that "HTTPError:503"
      When the Unified CM has "Cisco AXL Web Service" switched on
      And the administrator refreshes the servers
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"

  Rule: IM&P servers are configured for IM and presence

    @DISC-01
    Scenario: no IM&P server on Control, no IM outside
      Given the VCS Control knows no IM&P
      When Alice signs in
      Then Alice's stage "im-connect" is skipped
      And Alice receives "403 Forbidden"
      And Unified CM has Alice registered

    @DISC-01
    Scenario: with the IM&P server there is IM
      When Alice signs in
      Then Alice's stage "im-connect" is ok

  Rule: with TLS verify mode On Control has to trust the tomcat certificate

    @DISC-05 @DISC-CUCM-03
    Scenario: the tomcat certificate is from an authority Control does not know
      Given the certificate of the Unified CM was signed by a private authority
      And the deployment is not expected to work
      When discovery has failed for "cucm1.example.com"
      Then the reason of the failed discovery is that "verify"
      And the Unified CM receives no "POST /axl/"

    @DISC-05 @DISC-07
    Scenario: Control trusts the root of that authority
      Given the certificate of the Unified CM was signed by a private authority
      And the VCS Control trusts the private authority
      And the deployment runs
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"

    @DISC-04
    Scenario: nobody chose a TLS verify mode
      Given the certificate of the Unified CM was signed by a private authority
      And no TLS verify mode was chosen for Unified CM
      And the deployment is not expected to work
      When discovery has failed for "cucm1.example.com"
      Then the Unified CM receives no "POST /axl/"

    @DISC-04
    Scenario: TLS verify mode Off takes any certificate
      Given the certificate of the Unified CM was signed by a private authority
      And the TLS verify mode for Unified CM is Off
      And the deployment runs
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"

  Rule: the publisher address is an FQDN or an IP address; with TLS verify mode On it has to be in the certificate

    @DISC-10
    Scenario: an IP address with TLS verify mode Off
      Given the publisher of Unified CM is given by its IP address
      And the TLS verify mode for Unified CM is Off
      And the deployment runs
      Then Control has discovered the nodes "cucm1" through its IP address

    @DISC-11
    Scenario: an IP address with TLS verify mode On
      Given the publisher of Unified CM is given by its IP address
      And the deployment is not expected to work
      When the discovery through its IP address has failed
      Then the reason of the failed discovery is that "does not match"
      And the Unified CM receives no "POST /axl/"

    @DISC-10 @DISC-11
    Scenario: an FQDN with TLS verify mode On
      Given the TLS verify mode for Unified CM is On
      And the deployment runs
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"

  Rule: the nodes are reached by the names that Unified CM returned

    @SEC-11 @SEC-12 @CUCM-10
    Scenario: the bare name resolves for Control
      Given the internal DNS also has the name "subscriber.example.com" for the Unified CM
      When Unified CM is told to call its node "subscriber"
      And the administrator refreshes the servers
      Then Control has discovered the nodes "subscriber" through "cucm1.example.com"
      And the internal DNS receives "A subscriber.example.com" from the VCS Control
      And the VCS Control has a zone "CEtcp-subscriber" and a search rule of the same name

    @SEC-11 @SEC-12 @CUCM-10
    Scenario: the bare name does not resolve for Control
      Given Unified CM calls its node "subscriber"
      And the deployment is not expected to work
      And the SSH tunnel between the VCSs is up
      When Alice signs in
      Then the internal DNS receives "A subscriber.example.com" from the VCS Control
      And the VCS Control has no zone "CEtcp-subscriber"
      And the Unified CM receives no "REGISTER"
      And Alice receives "503 Service Unavailable"

  Rule: Refresh servers reads the nodes anew

    @DISC-13
    Scenario: a node was added to the cluster
      Given the internal DNS also has the name "cucm2.example.com" for the TC endpoint
      And the Unified CM cluster gets another node "cucm2"
      Then the VCS Control has no zone "CEtcp-cucm2"
      When the administrator refreshes the servers
      Then Control has discovered the nodes "cucm1, cucm2" through "cucm1.example.com"

  Rule: discovery is repeated for every Unified CM cluster

    Background:
      Given the deployment has two Unified CM clusters

    @DISC-08
    Scenario: both clusters are discovered
      Given the deployment runs
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"
      And Control has discovered the nodes "cucm2" through "cucm2.example.com"
      When Dave signs in
      Then the sign-in of Dave succeeds
      And the second Unified CM has Dave registered

    @DISC-08
    Scenario: the cluster of Dave was left out
      Given the second Unified CM was not discovered
      And the internal DNS has no record "_cisco-uds._tcp.example.com"
      And the internal DNS also has the SRV record "_cisco-uds._tcp.example.com" to port 8443 of "cucm1.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      When Dave signs in
      Then Dave receives "401 Unauthorized"
      And the second Unified CM has nobody registered

  Rule: discovery is repeated for every IM&P cluster

    Background:
      Given two clusters of each: Controls, Expressways, Unified CM and IM&P
      And the public DNS leads to the first Expressway cluster only

    @DISC-08 @slow
    Scenario: both clusters are discovered
      When Dave signs in
      And Alice signs in
      Then Dave's stage "im-login" is ok
      And Alice's stage "im-login" is ok
      When Dave writes "hello from the other cluster" to Alice
      Then Alice reads "hello from the other cluster" from Dave

    @DISC-08 @slow
    Scenario: the cluster of Dave was left out
      Given the IM&P cluster of Dave was not discovered by the first cluster of Controls
      When Dave signs in
      Then Dave receives "403 Forbidden"
      And Dave's stage "im-login" is failed
      When Alice signs in
      Then Alice's stage "im-login" is ok

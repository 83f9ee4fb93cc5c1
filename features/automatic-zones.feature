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

  Rule: devices without a secure profile use the TCP zone

    @ZONE-12
    Scenario: Alice's device is not secure
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control
      And the registration of Alice went through the zone "CEtcp-cucm1"

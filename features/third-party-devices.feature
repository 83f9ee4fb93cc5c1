Feature: Third-party SIP devices
  Devices that Unified CM does not know register to the Control itself, beside Jabber and TC endpoints of the same domain.

  Background:
    Given SIP devices of the Control and another company

  Rule: with "SIP registrations and provisioning on VCS" the Control is registrar of its domain

    @OVW-10 @DOM-03
    Scenario: the service is on
      When Dave signs in
      Then the sign-in of Dave succeeds
      And the Control has Dave registered
      And the Unified CM receives no "REGISTER"

    @OVW-10 @DOM-03
    Scenario: the service is off
      Given the domain service "SIP registrations and provisioning on VCS" is off
      When Dave signs in
      Then the sign-in of Dave fails with "SIP_REGISTRATION_FAILED"
      And Dave receives "403 Forbidden"
      And the Control has Dave not registered

  Rule: with both services one domain has Jabber at Unified CM and devices at the Control

    @DOM-07
    Scenario: both services are on
      Given Alice is signed in
      And Dave is signed in
      Then Unified CM has Alice registered
      And the Control has Dave registered

    @DOM-07
    Scenario: the service of the Control is off, and Jabber does not mind
      Given the domain service "SIP registrations and provisioning on VCS" is off
      And Alice is signed in
      When Dave signs in
      Then Dave receives "403 Forbidden"
      And the Control has Dave not registered
      And Unified CM has Alice registered

  Rule: whether a device wants Unified CM or the VCS shows in its signalling, not in its domain or port

    @DOM-08
    Scenario: the same address of the same domain, with the line-side marker and without
      Given the device of Dave registers "1001@example.com"
      And Alice is signed in
      And Dave is signed in
      Then the REGISTER of Alice to the VCS Expressway at port 5061 has the line-side marker
      And Unified CM has Alice registered
      And the REGISTER of Dave to the VCS Control at port 5060 has no line-side marker
      And the Control has "1001@example.com" registered
      And the Unified CM receives no "REGISTER sip:example.com"

    @DOM-08
    Scenario: at one port of the Expressway, with the line-side marker and without
      Given the device of Peter registers "1001@example.com" at the VCS Expressway
      And Alice is signed in
      When Peter signs in
      Then the REGISTER of Alice to the VCS Expressway at port 5061 has the line-side marker
      And Unified CM has Alice registered
      And the REGISTER of Peter to the VCS Expressway at port 5061 has no line-side marker
      And Peter receives "403 Forbidden"
      And no REGISTER of Peter gets past the VCS Expressway
      And the Control has "1001@example.com" not registered

  Rule: the Control is presence server of the domain too

    @DOM-04
    Scenario: Erin watches Dave
      Given Dave is signed in
      And Erin is signed in
      And Erin watches the presence of Dave
      When Dave publishes that he is "open" with the note "at the desk"
      Then Erin is notified that Dave is "open" with the note "at the desk"

    @DOM-04
    Scenario: Erin watches somebody of a domain that the Control does not serve
      Given Erin is signed in
      When Erin wants to watch "somebody@nowhere.test"
      Then the subscription of Erin is refused

  Rule: devices of the Control and those of Unified CM call each other over the SIP trunk

    @OVW-11
    Scenario: Dave calls the desk phone
      Given Dave is signed in
      And Carol is signed in
      When Dave calls the number "1003@example.com"
      Then the call connects at both ends with Carol
      And Dave and Carol hear each other

    @OVW-11
    Scenario: without the trunk zone the desk phone is not found
      Given the VCS Control has no neighbor zone "UnifiedCmTrunk"
      And Dave is signed in
      And Carol is signed in
      When Dave calls the number "1003@example.com"
      Then the call fails with "404 Not Found"
      And the Unified CM receives no "INVITE"

  Rule: another company is called by its public DNS records, and calls by ours

    Scenario: Dave calls Peter
      Given Dave is signed in
      And Peter is signed in
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the audio of Peter is SRTP

    Scenario: Peter calls Dave
      Given Dave is signed in
      And Peter is signed in
      When Peter calls Dave
      Then the call connects
      And Dave and Peter hear each other

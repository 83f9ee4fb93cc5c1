Feature: Registration of remote endpoints to Unified CM
  A Jabber or TC endpoint outside registers to Unified CM; both VCSs only pass the registration on.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: Unified CM is the registrar, the VCSs forward

    @OVW-01 @OVW-07 @DEV-01
    Scenario: Alice's Jabber is one of Unified CM's phones
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control
      And the VCS Control receives "200 OK (REGISTER)" from the Unified CM
      And Unified CM has Alice registered
      And Unified CM lists the device of Alice with the IP address of the VCS Control

    @OVW-01 @DEV-01
    Scenario: the TC endpoint in the board room registers the same way
      When the board room signs in
      Then the sign-in of the board room succeeds
      And the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control
      And Unified CM lists the device of the board room with the IP address of the VCS Control

    Scenario: Alice signs out
      Given Alice is signed in
      When Alice signs out
      Then Unified CM has Alice not registered

    @OVW-01
    Scenario: Unified CM's CallManager service is down
      Given the deployment runs
      When the administrator stops the CallManager service
      And Alice signs in
      Then the phone service of Alice fails: "503 Service Unavailable"
      And Unified CM has Alice not registered
      And the VCS Control keeps 0 proxied registrations
      When the administrator starts the CallManager service
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered

    @OVW-07
    Scenario: the domain is not enabled for registrations on Unified CM
      Given the domain has no SIP registrations on Unified CM
      When Alice signs in
      Then the phone service of Alice fails: "no SIP server is known"
      And Unified CM has Alice not registered

  Rule: a registration lives as long as the client keeps it alive

    Scenario: the keep-alive is a registration again
      Given Alice is signed in
      When the clocks advance by 115 seconds
      Then the registration of Alice is refreshed
      And Unified CM has Alice registered

    Scenario: Alice's Jabber says nothing any more
      Given Alice is signed in
      When the Jabber of Alice falls silent
      And the clocks advance by 3 minutes
      Then Unified CM has Alice not registered
      And the VCS Control keeps 0 proxied registrations
      And the VCS Expressway keeps 0 proxied registrations

Feature: Unsupported features and limitations when using mobile and remote access

  Rule: endpoints outside cannot be managed from inside

    @UNSF-06 @UNSF-15
    Scenario: an administrator inside looks for the board room's endpoint
      Given the board room is signed in
      Then Unified CM lists the device of the board room with the IP address of the VCS Control
      When an administrator inside tries SNMP, SSH and HTTP on both VCSs for the endpoint of the board room
      Then nothing of that reaches the endpoint of the board room

    @UNSF-06 @UNSF-15
    Scenario: somebody who stands beside the endpoint
      Given the board room is signed in
      When somebody on the internet tries SNMP, SSH and HTTP on the endpoint of the board room itself
      Then the endpoint of the board room answers to each

  Rule: one domain, one customer

    @UNSF-07
    Scenario: a second customer with a domain for calls
      Given Alice is signed in
      Then the VCS Control shows no configuration error
      When the administrator switches calls on for the domain "customer.test" besides
      Then the VCS Control shows the configuration error "on for several domains, which is not supported: example.com, customer.test"

    @UNSF-07
    Scenario: a second customer with a domain for messaging too
      Given Alice is signed in
      When the administrator adds the domain "customer.test" with IM and Presence services on
      Then the VCS Control refuses the change: "is on for another domain; a deployment has one IM and Presence domain"
      And the VCS Control has the domains "example.com"
      And the VCS Control shows no configuration error

  Rule: a VCS Control for mobile and remote access is no gateway to Lync

    @UNSF-10
    Scenario: both on one VCS Control
      Given SIP devices of the Control and another company
      And the VCS Control has a neighbor zone to the Lync server
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Control shows the configuration error "is a gateway to Lync, which a VCS for mobile and remote access cannot be"

    @UNSF-10
    Scenario: a VCS Control that has other neighbors
      Given SIP devices of the Control and another company
      And the VCS Control has a neighbor zone to the H.323 gateway
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Control shows no configuration error

  Rule: a Large VM takes no more registrations to Unified CM

    @UNSF-16
    Scenario Outline: the limits of <size>
      Given both VCSs <size>
      And Alice is signed in
      Then the VCS Control counts 1 of 2500 proxied registrations and has resources for <calls> calls
      And the VCS Expressway counts 1 of 2500 proxied registrations and has resources for <calls> calls

      Examples:
        | size                           | calls |
        | run on Large VMs               | 500   |
        | are new installations of X8.1  | 150   |

    @UNSF-16
    Scenario: a Large VM that has no room for another registration
      Given both VCSs run on Large VMs
      And both VCSs have room for 1 registration
      And Alice is signed in
      When the board room signs in
      Then the phone service of the board room fails: "503 Service Unavailable"
      And Unified CM has the board room not registered
      When Alice signs out
      And the board room signs in
      Then the sign-in of the board room succeeds
      And Unified CM has the board room registered

Feature: Limitations

  Rule: mobile and remote access is for IPv4 only

    @LIM-01
    Scenario Outline: the Expressway serves clients on port <port> over IPv4 alone
      When a stranger on the internet connects to port <port> of the VCS Expressway
      Then the stranger is connected
      When a stranger connects to port <port> over IPv6
      Then the stranger is not connected

      Examples:
        | port |
        | 8443 |
        | 5061 |
        | 5222 |

    @LIM-01
    Scenario: the Expressway has an IPv6 address in the DNS and no other
      Given the public DNS has no record "vcse1.example.com"
      And the public DNS also has the IPv6 address "::1" for "vcse1.example.com"
      When Alice signs in
      Then the sign-in of Alice fails with "EDGE_SERVER_CONNECTION_ERROR"
      And Alice has opened no connection to the VCS Expressway
      And Unified CM has Alice not registered

    @LIM-01
    Scenario: the Expressway has an IPv4 address beside it
      Given the public DNS also has the IPv6 address "::1" for "vcse1.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered

  Rule: with dual NICs the link for XMPP needs a way to the internal interface

    @LIM-04
    Scenario: the traversal zone goes to the external interface, the internal one is for management only
      Given the VCS Expressway has an internal and an external interface
      And the traversal zone of the VCS Control goes to the external interface
      Then the traversal zone is active at both ends
      And the VCS Control has connected to port 7001 of the external interface
      When Carol signs in
      And Alice signs in
      Then Alice's stage "im-connect" is failed
      And the XCP link of the VCS Control is refused
      And Unified CM has Alice registered
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

    @LIM-04
    Scenario: the traversal zone goes to the internal interface
      Given the VCS Expressway has an internal and an external interface
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Control has connected to port 7400 of the internal interface

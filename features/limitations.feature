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

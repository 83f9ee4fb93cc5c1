Feature: Sign-in from outside without a VPN
  A Jabber client on the internet finds the edge, proves who its user is, and gets its services from inside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the client's credentials are checked against Unified CM

    @SEC-07 @SEC-08 @JVPN-02
    Scenario: Alice signs in with her password
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM receives "GET /cucm-uds/user/alice/devices" from the VCS Control

    @TRB-401-02
    Scenario: Alice mistypes her password
      When Alice signs in with the wrong password
      Then Alice receives "401 Unauthorized"
      And the Unified CM receives no "REGISTER"

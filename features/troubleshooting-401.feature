Feature: VCS returns "401 unauthorized" failure messages
  Sign-in from outside fails although the edge works.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the client gave an unknown user name or the wrong password

    @TRB-401-01
    Scenario: Unified CM does not know the user
      Given Unified CM does not know the user Alice
      When Alice signs in
      Then Alice receives "401 Unauthorized"
      And the sign-in of Alice fails with "FAILED_EDGE_AUTHENTICATION"
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the VCS Control

    @TRB-401-01
    Scenario: a known user with the right password is signed in by the same deployment
      Given Unified CM does not know the user Alice
      When the board room signs in
      Then the sign-in of the board room succeeds

    @TRB-401-02 @fault:401-wrong-password
    Scenario: the password is wrong
      When the field issue "401-wrong-password" is reproduced
      Then it is healthy, shows the symptom, and is healthy again

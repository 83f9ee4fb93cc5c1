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

  Rule: ILS is not set up on all Unified CM clusters

    Background:
      Given the deployment has two Unified CM clusters

    @TRB-401-03
    Scenario: Control asks a cluster that does not know the user of another one
      Given ILS is not set up on the Unified CM
      When Dave signs in
      Then Dave receives "401 Unauthorized"
      And the sign-in of Dave fails with "FAILED_EDGE_AUTHENTICATION"
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the VCS Control
      And the second Unified CM receives no "GET /cucm-uds/clusterUser?username=dave" from the Unified CM

    @TRB-401-03
    Scenario: with ILS on all clusters the same node finds him
      When Dave signs in
      Then the Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the VCS Control
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the Unified CM
      And the sign-in of Dave succeeds

    @TRB-401-04
    Scenario: whether it works depends on the node that Control asks
      Given ILS is not set up on the Unified CM
      When Dave tries to sign in until it works
      And Erin tries to sign in until it works
      Then the client received 401 exactly when the VCS Control asked the Unified CM

    @TRB-401-03 @TRB-401-04 @fault:401-ils-not-set-up
    Scenario: ILS is switched off and on again
      When the field issue "401-ils-not-set-up" is reproduced
      Then it is healthy, shows the symptom, and is healthy again

    @TRB-401-04
    Scenario: with ILS on all clusters it works whichever node Control asks
      When Dave tries to sign in until it works
      And Erin tries to sign in until it works
      Then every attempt worked, and the VCS Control has asked both clusters

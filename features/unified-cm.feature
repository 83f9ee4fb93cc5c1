Feature: Unified CM
  What mobile and remote access asks of the Unified CM clusters inside.

  Rule: with several clusters ILS is set up on every one of them

    Background:
      Given the deployment has two Unified CM clusters

    @CUCM-01
    Scenario: each cluster finds the users of the other
      When Dave signs in
      Then the sign-in of Dave succeeds
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the VCS Control
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the Unified CM
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the VCS Control
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the second Unified CM

    @CUCM-01
    Scenario: ILS is left off on the first cluster, where Control asks for Dave
      Given ILS is not set up on the Unified CM
      When Dave signs in
      Then Dave receives "401 Unauthorized"
      And the second Unified CM receives no "GET /cucm-uds"
      When ILS is set up on the Unified CM
      And Alice signs in
      And Dave signs in
      Then the sign-in of Dave succeeds
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the Unified CM

  Rule: a client is authenticated against its home cluster

    Background:
      Given the deployment has two Unified CM clusters

    @CUCM-02
    Scenario: Dave's home is the second cluster, whichever node is asked for it
      When Dave signs in
      Then the Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the VCS Control
      And the second Unified CM receives "GET /cucm-uds/user/dave/devices" from the VCS Control
      And the Unified CM receives no "GET /cucm-uds/user/dave"
      And the sign-in of Dave succeeds
      And the second Unified CM has Dave registered

    @CUCM-02
    Scenario: the home cluster of Dave is down, that of Alice is not
      Given the deployment runs
      When the second Unified CM is switched off
      And Dave signs in
      Then Dave receives "401 Unauthorized"
      And the sign-in of Dave fails with "FAILED_EDGE_AUTHENTICATION"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM has Alice registered

Feature: Jabber cannot sign in due to SSH tunnels failure
  The tunnels from the VCS Control carry what clients ask over HTTPS; the traversal zone does without them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: an underscore in the Expressway's host name keeps the tunnels down

    @TRB-SSH-01 @TRB-SSH-02 @TRB-SSH-03 @UNSF-17
    Scenario: the Expressway is called vcs_e1
      Given the VCS Expressway is called "vcs_e1"
      When the deployment runs
      Then the traversal zone is active at both ends
      And the VCS Control raises the alarm "Application failed - An unexpected software error was detected in portforwarding.pyc"
      And the VCS Control has not connected to port 2222 of the VCS Expressway
      When Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"
      And the sign-in of Alice fails with "FAILED_EDGE_SERVER_ERROR"
      When the administrator renames the VCS Expressway to "vcs-e1" everywhere
      Then the VCS Control has lowered the alarm "Application failed - An unexpected software error was detected in portforwarding.pyc"
      And the VCS Control has connected to port 2222 of the VCS Expressway
      When Alice signs in
      Then the sign-in of Alice succeeds

    @TRB-SSH-01 @TRB-SSH-03
    Scenario: SIP goes on while the tunnels are down
      Given Alice is signed in
      When the administrator gives the VCS Expressway the host name "vcs_e1" besides the old one
      Then the traversal zone is "Active" at the VCS Control
      And the VCS Expressway raises the alarm "Application failed - An unexpected software error was detected in portforwarding.pyc"
      When Alice registers again
      Then the Unified CM has received "REGISTER" since the Expressway has its new name
      And the Jabber of Alice has received "200 OK (REGISTER)" since the Expressway has its new name
      And Alice receives "502 Next Hop Connection Failed"

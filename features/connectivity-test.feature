Feature: Connectivity test
  Maintenance > Tools > Network utilities > Connectivity test tells where mobile and remote access breaks.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: in a healthy deployment every stage works

    Scenario: on the Control
      Given the deployment runs
      Then every stage of the connectivity test on the VCS Control is ok
      When Alice signs in
      Then the sign-in of Alice succeeds

    Scenario: on the Expressway
      Given the deployment runs
      Then every stage of the connectivity test on the VCS Expressway is ok

  Rule: a wrong zone password is found by both VCSs

    Scenario: on the Control
      Given the traversal zone of the VCS Control has the wrong password
      Then the traversal zone fails at the VCS Control: "Authentication failed"
      And the connectivity test on the VCS Control finds "Authentication failed"

    Scenario: on the Expressway
      Given the traversal zone of the VCS Control has the wrong password
      Then the traversal zone fails at the VCS Expressway: "Incorrect authentication credential"
      And the connectivity test on the VCS Expressway finds "Incorrect authentication credential"

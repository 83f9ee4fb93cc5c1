Feature: Unified Communications mode
  Both VCSs are switched to mobile and remote access before anything else of it is configured.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: both VCSs have to be in mobile and remote access mode

    @MODE-C-01
    Scenario: the mode was left off on Control
      Given the Unified Communications mode of the VCS Control was left off
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_SERVER_ERROR"
      And Alice receives "502 Next Hop Connection Failed"
      When the administrator enters the mode of the VCS Control and what depends on it
      And Alice signs in
      Then the sign-in of Alice succeeds

    @MODE-C-01
    Scenario: the mode is switched off on Control for a while
      Given the deployment runs
      When the administrator sets the Unified Communications mode of the VCS Control to off
      And Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_FORBIDDEN"
      And Alice receives "403 Forbidden"
      When the administrator sets the Unified Communications mode of the VCS Control to on
      And Alice signs in
      Then the sign-in of Alice succeeds

    @MODE-E-01
    Scenario: the mode was left off on the Expressway
      Given the Unified Communications mode of the VCS Expressway was left off
      When Alice signs in
      Then the sign-in of Alice fails with "EDGE_SERVER_CONNECTION_ERROR"
      When the administrator enters the mode of the VCS Expressway and what depends on it
      And Alice signs in
      Then the sign-in of Alice succeeds

  Rule: the Expressway opens its ports for remote access with the mode

    @MODE-E-01
    Scenario Outline: with the mode off nothing listens on port <port>
      Given the deployment runs
      When a stranger on the internet connects to port <port> of the VCS Expressway
      Then the stranger is connected
      When the administrator sets the Unified Communications mode of the VCS Expressway to off
      And a stranger on the internet connects to port <port> of the VCS Expressway
      Then the stranger is not connected
      When the administrator sets the Unified Communications mode of the VCS Expressway to on
      And a stranger on the internet connects to port <port> of the VCS Expressway
      Then the stranger is connected

      Examples:
        | port |
        | 8443 |
        | 5222 |
        | 2222 |
        | 7400 |

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
      Then the status page of the VCS Expressway lists no domain
      When Alice signs in
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

  Rule: what depends on the mode can be configured behind it only

    @MODE-C-02
    Scenario Outline: "<field>" before the mode
      Given the Unified Communications mode of the VCS Control was left off
      When the administrator sets "<field>" of "<page>" on the VCS Control to "<value>"
      Then the change is refused
      And the refusal says "<page>, <field>: can be configured only while Unified Communications mode is Mobile and remote access"
      And the refusal says "Set the mode at Configuration > Unified Communications > Configuration first"
      When the administrator enters the mode of the VCS Control and what depends on it
      And the administrator sets "<field>" of "<page>" on the VCS Control to "<value>"
      Then the change is accepted

      Examples:
        | page                          | field                                            | value |
        | Configuration > Domains       | SIP registrations and provisioning on Unified CM | On    |
        | Configuration > Domains       | IM and Presence services on Unified CM           | On    |
        | Configuration > Zones > Zones | Unified Communications services                  | Yes   |

    @MODE-C-02
    Scenario Outline: "<page>" before the mode
      Given the Unified Communications mode of the VCS Control was left off
      When the administrator sends the New form of "<page>" on the VCS Control:
        | Unified CM publisher address      | cucm2.example.com |
        | IM and Presence publisher address | imp2.example.com  |
        | Username                          | admin             |
        | Password                          | secret            |
      Then the change is refused
      And the refusal says "can be configured only while Unified Communications mode is Mobile and remote access"
      When the administrator enters the mode of the VCS Control and what depends on it
      And the administrator sends the New form of "<page>" on the VCS Control:
        | Unified CM publisher address      | cucm2.example.com |
        | IM and Presence publisher address | imp2.example.com  |
        | Username                          | admin             |
        | Password                          | secret            |
      Then the change is accepted

      Examples:
        | page                                                             |
        | Configuration > Unified Communications > Unified CM servers      |
        | Configuration > Unified Communications > IM and Presence servers |

    @MODE-C-02
    Scenario: domain and zone stand there before, for other purposes
      Given the Unified Communications mode of the VCS Control was left off
      Then "Configuration > Domains" on the VCS Control has 1 rows
      And "Configuration > Zones > Zones" on the VCS Control has 1 rows
      When the administrator sets "SIP registrations and provisioning on VCS" of "Configuration > Domains" on the VCS Control to "On"
      Then the change is accepted

Feature: Status of Unified Communications services
  Both VCSs say on Status > Alarms and Status > Unified Communications how they are and what is missing.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the status page of both VCSs shows the Unified Communications services

    @STAT-01 @DIAG-02
    Scenario: everything works
      Given the deployment runs
      Then the status page of the VCS Control shows "Unified Communications mode" as "Mobile and remote access"
      And the status page of the VCS Control shows "Services" as "Active"
      And the status page of the VCS Expressway shows "Unified Communications mode" as "Mobile and remote access"
      And the VCS Control shows no configuration error
      And the VCS Expressway shows no configuration error
      When Alice signs in
      Then the sign-in of Alice succeeds

    @STAT-01 @DIAG-02
    Scenario: Unified Communications services are off
      Given the Unified Communications mode of the VCS Expressway was left off
      Then the status page of the VCS Expressway shows "Unified Communications mode" as "Off"
      And the status page of the VCS Control shows "Unified Communications mode" as "Mobile and remote access"
      When Alice signs in
      Then the sign-in of Alice fails with "EDGE_SERVER_CONNECTION_ERROR"

  Rule: the status page lists the domains with their services

    @STAT-02
    Scenario: calls and instant messaging
      Given the deployment runs
      Then the status page of the VCS Control lists the domain "example.com" with "SIP registrations and provisioning, IM and Presence"
      And the status page of the VCS Expressway lists the domain "example.com" with "SIP registrations and provisioning, IM and Presence"

    @STAT-02
    Scenario: IM and Presence services were left off for the domain
      Given IM and Presence services on Unified CM are off for the domain
      Then the status page of the VCS Control lists the domain "example.com" with "SIP registrations and provisioning"
      And the status page of the VCS Expressway lists the domain "example.com" with "SIP registrations and provisioning"

  Rule: the status page lists the zones with their state

    @STAT-03
    Scenario: the traversal zone is up
      Given the deployment runs
      Then the status page of the VCS Control lists the zone "TraversalZone" as "Active"
      And the status page of the VCS Expressway lists the zone "TraversalZone" as "Active"
      And the VCS Control receives "200 OK (OPTIONS)" from the VCS Expressway

    @STAT-03
    Scenario: the traversal zone leads to a port where nobody listens
      Given the traversal zone of the VCS Control uses port 7002
      Then the status page of the VCS Control lists the zone "TraversalZone" as "Failed"
      And the status page of the VCS Expressway lists the zone "TraversalZone" as "Failed"
      And the VCS Control receives no "200 OK (OPTIONS)" from the VCS Expressway

  Rule: an error leads to the page where it is mended

    @STAT-05 @DIAG-02
    Scenario Outline: <field> of the traversal zone on the <vcs> is <value>
      Given "<field>" of "Configuration > Zones > Zones" on the <vcs> was set to "<value>"
      Then the status page of the <vcs> names "<error>" and leads to "Configuration > Zones > Zones"
      When the administrator sets "<field>" of "Configuration > Zones > Zones" on the <vcs> to "<right>"
      Then the change is accepted
      And the <vcs> shows no configuration error

      Examples:
        | vcs            | field                 | value             | error                                       | right                    |
        | VCS Control    | TLS verify mode       | Off               | TLS verify mode is not On                   | On                       |
        | VCS Expressway | TLS verify mode       | Off               | TLS verify mode is not On                   | On                       |
        | VCS Control    | Media encryption mode | Auto              | Media encryption mode is not Force encrypted | Force encrypted         |
        | VCS Expressway | H.323 Mode            | On                | H.323 Mode is not Off                       | Off                      |
        | VCS Expressway | Authentication policy | Check credentials | Authentication policy is not                | Do not check credentials |

    @STAT-05
    Scenario: TURN services are on
      Given "TURN services" of "Configuration > Traversal > TURN" on the VCS Expressway was set to "On"
      Then the status page of the VCS Expressway names "TURN services are on" and leads to "Configuration > Traversal > TURN"
      When the administrator sets "TURN services" of "Configuration > Traversal > TURN" on the VCS Expressway to "Off"
      Then the change is accepted
      And the VCS Expressway shows no configuration error

  Rule: an alarm says what to do

    @DIAG-01
    Scenario Outline: the <vcs> does not verify its peer
      Given "TLS verify mode" of "Configuration > Zones > Zones" on the <vcs> was set to "Off"
      Then the <vcs> has the alarm "<alarm>" with the action "<action>"
      When the administrator sets "TLS verify mode" of "Configuration > Zones > Zones" on the <vcs> to "On"
      Then the <vcs> has no alarm "<alarm>"

      Examples:
        | vcs            | alarm                                      | action                                |
        | VCS Control    | Unified Communications configuration error | Set TLS verify mode of the zone to On |
        | VCS Expressway | Unified Communications configuration error | Set TLS verify mode of the zone to On |

  Rule: after a change of the DNS configuration a restart is required

    @DIAG-04 @DIAG-01
    Scenario: the Control gets another DNS server
      Given the deployment runs
      When the administrator gives the VCS Control a DNS server where nobody is
      And the administrator looks up "imp1" on the VCS Control
      Then the lookup finds "imp1.example.com"
      And the internal DNS receives "A imp1.example.com" from the VCS Control
      And the status page of the VCS Control names "Address 1: changed and not in use" and leads to "Maintenance > Restart options"
      And the pages of the VCS Control say "A restart is required for changes of System > DNS to take effect. Restart options"
      And the VCS Control has the alarm "Restart required" with the action "Restart the system"
      When the administrator restarts the VCS Control
      And the administrator looks up "imp1" on the VCS Control
      Then the lookup finds nothing
      And the VCS Control has no alarm "Restart required"
      And the pages of the VCS Control say nothing of a restart

    @DIAG-04 @DIAG-01
    Scenario: the Expressway gets another DNS server
      Given the deployment runs
      When the administrator gives the VCS Expressway a DNS server where nobody is
      And the administrator looks up "vcse1" on the VCS Expressway
      Then the lookup finds "vcse1.example.com"
      And the public DNS receives "A vcse1.example.com" from the VCS Expressway
      And the status page of the VCS Expressway names "Address 1: changed and not in use" and leads to "Maintenance > Restart options"
      And the VCS Expressway has the alarm "Restart required" with the action "Restart the system"
      When the administrator restarts the VCS Expressway
      And the administrator looks up "vcse1" on the VCS Expressway
      Then the lookup finds nothing
      And the VCS Expressway has no alarm "Restart required"

  Rule: after a change of the domain configuration a restart is required

    @DIAG-05
    Scenario: calls are switched off for the domain
      Given the deployment runs
      When the administrator sets the domain service "SIP registrations and provisioning on Unified CM" to "Off"
      Then the change is accepted
      And the status page of the VCS Control names "example.com, SIP registrations and provisioning on Unified CM: changed and not in use" and leads to "Maintenance > Restart options"
      And the VCS Control has the alarm "Restart required" with the action "Restart the system"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control
      When Alice signs out
      And the administrator restarts the VCS Control
      And Alice signs in
      Then Alice's stage "register" is failed
      And the VCS Control has no alarm "Restart required"

    @DIAG-05
    Scenario: the name of the domain is changed
      Given the deployment runs
      When the administrator sets "Domain name" of "Configuration > Domains" on the VCS Control to "example.org"
      Then the change is accepted
      And the status page of the VCS Control names "example.com: changed and not in use" and leads to "Maintenance > Restart options"
      And the status page of the VCS Control lists the domain "example.com" with "SIP registrations and provisioning, IM and Presence"
      When Alice signs in
      Then the sign-in of Alice succeeds
      When Alice signs out
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_FORBIDDEN"
      And Alice receives "403 Forbidden"

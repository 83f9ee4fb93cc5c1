Feature: Pages of Unified CM and IM&P servers
  The Control has a page for the servers of each kind. Their credentials are kept; what is generated from them is shown
  and can not be edited.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a publisher is added with its address and the credentials of an AXL user

    @DISC-CUCM-01
    Scenario: the form of a Unified CM publisher
      Given the deployment runs
      Then "Configuration > Unified Communications > Unified CM servers" on the VCS Control lists "cucm1.example.com"
      And the New form of "Configuration > Unified Communications > Unified CM servers" on the VCS Control has the fields:
        | Unified CM publisher address * |
        | Username *                     |
        | Password *                     |
        | TLS verify mode                |
      And the New form of "Configuration > Unified Communications > Unified CM servers" on the VCS Control has the button "Add address"

    @DISC-CUCM-01
    Scenario Outline: "<field>" of a Unified CM publisher is left empty
      Given the deployment runs
      When the administrator sends the New form of "Configuration > Unified Communications > Unified CM servers" on the VCS Control without "<field>":
        | Unified CM publisher address | cucm2.example.com |
        | Username                     | admin             |
        | Password                     | secret            |
        | TLS verify mode              | On                |
      Then the change is refused
      And the refusal says "<field>"
      And "Configuration > Unified Communications > Unified CM servers" on the VCS Control has 1 rows

      Examples:
        | field                        |
        | Unified CM publisher address |
        | Username                     |
        | Password                     |

    @DISC-IMP-01
    Scenario: the form of an IM and Presence publisher
      Given the deployment runs
      Then "Configuration > Unified Communications > IM and Presence servers" on the VCS Control lists "imp1.example.com"
      And the New form of "Configuration > Unified Communications > IM and Presence servers" on the VCS Control has the fields:
        | IM and Presence publisher address * |
        | Username *                          |
        | Password *                          |
        | TLS verify mode                     |
      And the New form of "Configuration > Unified Communications > IM and Presence servers" on the VCS Control has the button "Add address"

    @DISC-IMP-01
    Scenario Outline: "<field>" of an IM and Presence publisher is left empty
      Given the deployment runs
      When the administrator sends the New form of "Configuration > Unified Communications > IM and Presence servers" on the VCS Control without "<field>":
        | IM and Presence publisher address | imp2.example.com |
        | Username                          | admin            |
        | Password                          | secret           |
        | TLS verify mode                   | On               |
      Then the change is refused
      And the refusal says "<field>"
      And "Configuration > Unified Communications > IM and Presence servers" on the VCS Control has 1 rows

      Examples:
        | field                             |
        | IM and Presence publisher address |
        | Username                          |
        | Password                          |

    @DISC-CUCM-01 @DISC-IMP-01
    Scenario: complete forms are taken
      Given the deployment runs
      When the administrator sends the New form of "Configuration > Unified Communications > Unified CM servers" on the VCS Control:
        | Unified CM publisher address | cucm2.example.com |
        | Username                     | admin             |
        | Password                     | secret            |
        | TLS verify mode              | On                |
      Then the change is accepted
      And "Configuration > Unified Communications > Unified CM servers" on the VCS Control lists "cucm2.example.com"
      When the administrator sends the New form of "Configuration > Unified Communications > IM and Presence servers" on the VCS Control:
        | IM and Presence publisher address | imp2.example.com |
        | Username                          | admin            |
        | Password                          | secret           |
        | TLS verify mode                   | On               |
      Then the change is accepted
      And "Configuration > Unified Communications > IM and Presence servers" on the VCS Control lists "imp2.example.com"

  Rule: the credentials of a publisher are stored for good

    @DISC-12
    Scenario: Refresh servers behind a restart needs no password
      Given the deployment runs
      When the administrator restarts the VCS Control
      And the administrator refreshes the Unified CM servers on their page
      Then Unified CM is asked by AXL for it, and answers

    @DISC-12
    Scenario: the password was changed in Unified CM
      Given the deployment runs
      When the password of the AXL user is changed in Unified CM
      And the administrator restarts the VCS Control
      Then Refresh servers tells: "HTTPError:401"
      When the administrator enters the new password of the AXL user on Control
      And the administrator refreshes the Unified CM servers on their page
      Then Unified CM is asked by AXL for it, and answers

  Rule: generated zones and search rules can not be configured

    @ZONE-02
    Scenario: the zone to a Unified CM node
      Given the deployment runs
      Then "Configuration > Zones > Zones" on the VCS Control shows "CEtcp-cucm1" without a way to edit it
      And "Configuration > Zones > Zones" on the VCS Control shows "TraversalZone" with a way to edit it
      When the administrator tries to set "Port" of "CEtcp-cucm1" in "Configuration > Zones > Zones" on the VCS Control to "5070"
      Then the change is refused
      When the administrator tries to delete "CEtcp-cucm1" from "Configuration > Zones > Zones" on the VCS Control
      Then the change is refused
      And the VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name
      When Alice signs in
      Then the VCS Control has connected to port 5060 of the Unified CM

    @ZONE-02
    Scenario: the administrator's own zone
      Given the deployment runs
      When the administrator tries to set "H.323 Mode" of "TraversalZone" in "Configuration > Zones > Zones" on the VCS Control to "On"
      Then the change is accepted

    @ZONE-08
    Scenario: the search rule to a Unified CM node
      Given the deployment runs
      Then "Configuration > Dial plan > Search rules" on the VCS Control shows "CEtcp-cucm1" without a way to edit it
      When the administrator tries to set "Priority" of "CEtcp-cucm1" in "Configuration > Dial plan > Search rules" on the VCS Control to "100"
      Then the change is refused
      When the administrator tries to delete "CEtcp-cucm1" from "Configuration > Dial plan > Search rules" on the VCS Control
      Then the change is refused
      And the VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name

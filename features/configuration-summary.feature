Feature: Configuration summary
  Seven steps make two VCSs that have only their network into a mobile and remote access deployment. What is missing
  stands on Status > Unified Communications.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the seven steps in the guide's order are enough

    @CFG-01 @STAT-05
    Scenario: all seven steps
      Given both VCSs are out of the box
      When the administrator carries out the whole configuration summary
      Then the VCS Control shows no configuration error
      And the VCS Expressway shows no configuration error
      When Alice signs in
      Then the sign-in of Alice succeeds

    @CFG-01 @STAT-05
    Scenario Outline: "<step>" was forgotten
      Given both VCSs are out of the box
      When the administrator carries out the configuration summary without "<step>"
      Then the status page of the VCS Control names "<error>" and leads to "<page>"

      Examples:
        | step           | error                                                           | page                                                              |
        | names and NTP  | System host name is not specified                               | System > DNS                                                      |
        | names and NTP  | No NTP server is specified                                      | System > Time                                                     |
        | mode           | Unified Communications mode is not Mobile and remote access     | Configuration > Unified Communications > Configuration            |
        | servers        | No Unified CM server is configured                              | Configuration > Unified Communications > Unified CM servers       |
        | servers        | No IM and Presence server is configured                         | Configuration > Unified Communications > IM and Presence servers  |
        | domains        | No domain has services on Unified CM                            | Configuration > Domains                                           |
        | certificates   | The server certificate is of no certificate authority           | Maintenance > Security certificates > Server certificate          |
        | certificates   | No certificate authority is trusted                             | Maintenance > Security certificates > Trusted CA certificate      |
        | traversal zone | No traversal zone has Unified Communications services           | Configuration > Zones > Zones                                     |

    @CFG-01 @STAT-05
    Scenario Outline: "<step>" was forgotten on the Expressway too
      Given both VCSs are out of the box
      When the administrator carries out the configuration summary without "<step>"
      Then the status page of the VCS Expressway names "<error>" and leads to "<page>"

      Examples:
        | step           | error                                                       | page                                                         |
        | names and NTP  | System host name is not specified                           | System > DNS                                                 |
        | mode           | Unified Communications mode is not Mobile and remote access | Configuration > Unified Communications > Configuration       |
        | certificates   | No certificate authority is trusted                         | Maintenance > Security certificates > Trusted CA certificate |
        | traversal zone | No traversal zone has Unified Communications services       | Configuration > Zones > Zones                                |

    @CFG-01
    Scenario: the allow list is for those who need it
      Given both VCSs are out of the box
      When the administrator carries out the configuration summary without "allow list"
      Then the VCS Control shows no configuration error
      And the VCS Expressway shows no configuration error
      When Alice signs in
      And Alice asks for the voicemail at "cuc1.example.com"
      Then Alice receives "403 Forbidden"

  Rule: a basic deployment of the two comes first

    @PRE-01
    Scenario: remote access is configured on VCSs that nobody has set up
      Given both VCSs are out of the box
      When the administrator carries out "mode" of the summary
      Then the status page of the VCS Control names "System host name is not specified" and leads to "System > DNS"
      And the status page of the VCS Control names "No DNS server is specified" and leads to "System > DNS"
      And the status page of the VCS Expressway names "System host name is not specified" and leads to "System > DNS"
      And the status page of the VCS Expressway names "No NTP server is specified" and leads to "System > Time"

    @PRE-01
    Scenario: names, DNS and NTP were there before
      Given both VCSs are out of the box
      When the administrator carries out "names and NTP" of the summary
      And the administrator looks up "imp1" on the VCS Control
      Then the lookup finds "imp1.example.com"
      And the internal DNS receives "A imp1.example.com" from the VCS Control
      When the administrator looks up "vcse1" on the VCS Expressway
      Then the lookup finds "vcse1.example.com"
      And the public DNS receives "A vcse1.example.com" from the VCS Expressway

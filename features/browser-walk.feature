@needs:chromium
Feature: The guide by hand
  A person with a browser, the guide and a sheet of paper with the deployment's addresses and accounts sets up both VCSs,
  by the menu and the words of the pages alone.

  Rule: the steps of the guide in their order lead to a working call

    @CFG-01 @CERT-05 @TRAV-10 @slow
    Scenario: two VCSs out of the box carry a call after the guide's last step
      Given both VCSs are as they come out of the box
      And the administrator has the VCS Control in a browser
      # Setting up the VCS Control
      When on the VCS Control the administrator goes to "System > DNS" and saves:
        | System host name | vcsc1                   |
        | Domain name      | example.com             |
        | Address 1        | the internal DNS server |
      And on the VCS Control the administrator goes to "System > Time", clicks New, and "Add NTP server" with:
        | Address | the inside NTP server |
      And on the VCS Control the administrator goes to "Configuration > Unified Communications > Configuration" and saves:
        | Unified Communications mode | Mobile and remote access |
      And on the VCS Control the administrator goes to "Configuration > Domains", clicks New, and "Create domain" with:
        | Domain name                                      | example.com |
        | SIP registrations and provisioning on VCS        | Off         |
        | SIP registrations and provisioning on Unified CM | On          |
        | IM and Presence services on Unified CM           | On          |
      And on the VCS Control the administrator trusts the CA of the deployment
      And on the VCS Control the administrator restarts the system
      And on the VCS Control the administrator goes to "Configuration > Unified Communications > IM and Presence servers", clicks New, and "Add address" with:
        | IM and Presence publisher address | imp1.example.com             |
        | Username                          | the AXL user                 |
        | Password                          | the password of the AXL user |
        | TLS verify mode                   | On                           |
      And on the VCS Control the administrator goes to "Configuration > Unified Communications > Unified CM servers", clicks New, and "Add address" with:
        | Unified CM publisher address | cucm1.example.com            |
        | Username                     | the AXL user                 |
        | Password                     | the password of the AXL user |
        | TLS verify mode              | On                           |
      # Setting up the VCS Expressway
      And on the VCS Expressway the administrator goes to "System > DNS" and saves:
        | System host name | vcse1                 |
        | Domain name      | example.com           |
        | Address 1        | the public DNS server |
      And on the VCS Expressway the administrator goes to "System > Time", clicks New, and "Add NTP server" with:
        | Address | the public NTP server |
      And on the VCS Expressway the administrator goes to "Configuration > Unified Communications > Configuration" and saves:
        | Unified Communications mode | Mobile and remote access |
      Then on the VCS Expressway "Configuration > Traversal > TURN" has "TURN services" set to "Off"
      # Setting up VCS security certificates
      When on the VCS Control the administrator generates a CSR and uploads the certificate that the CA made of it
      And on the VCS Control the administrator restarts the system
      And on the VCS Expressway the administrator generates a CSR with the name "example.com" and uploads the certificate that the CA made of it
      And on the VCS Expressway the administrator trusts the CA of the deployment
      And on the VCS Expressway the administrator restarts the system
      # Setting up secure VCS traversal zones
      And on the VCS Expressway the administrator makes the zone of the guide, with its credential:
        | Name                            | Traversal zone              |
        | Type                            | Traversal server            |
        | Username                        | exampleauth                 |
        | Password                        | ex4mpl3.c0m                 |
        | H.323 Mode                      | Off                         |
        | SIP Mode                        | On                          |
        | Port                            | 7001                        |
        | Transport                       | TLS                         |
        | Unified Communications services | Yes                         |
        | TLS verify mode                 | On                          |
        | TLS verify subject name         | vcsc1.example.com           |
        | Media encryption mode           | Force encrypted             |
        | Authentication policy           | Do not check credentials    |
      And on the VCS Control the administrator goes to "Configuration > Zones > Zones", clicks New, and "Create zone" with:
        | Name                            | Traversal zone              |
        | Type                            | Traversal client            |
        | Username                        | exampleauth                 |
        | Password                        | ex4mpl3.c0m                 |
        | H.323 Mode                      | Off                         |
        | SIP Mode                        | On                          |
        | Port                            | 7001                        |
        | Transport                       | TLS                         |
        | Unified Communications services | Yes                         |
        | TLS verify mode                 | On                          |
        | Media encryption mode           | Force encrypted             |
        | Authentication policy           | Do not check credentials    |
        | Peer 1 address                  | vcse1.example.com           |
      # Checking the status of Unified Communications services
      Then on the VCS Control Unified Communications has no configuration error
      And on the VCS Expressway Unified Communications has no configuration error
      # Configuring the HTTP server allow list
      When on the VCS Control the administrator goes to "Configuration > Unified Communications > Configuration > HTTP server allow list", clicks New, and "Create entry" with:
        | Server hostname | cuc1.example.com |
      Then on the VCS Control no alarm is raised
      And on the VCS Expressway no alarm is raised
      Given Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      And on the VCS Control "Status > Calls > Calls" shows "1003"
      And on the VCS Control "Status > Logs > Event Log" shows "Registration Accepted"
      And Alice can read the voicemail list

  Rule: the status pages name what is wrong and lead to where it is mended

    @STAT-05 @slow
    Scenario: media encryption is not enforced on the zone
      Given the deployment runs
      When on the VCS Control the administrator goes to "Configuration > Zones > Zones", clicks "TraversalZone" and saves:
        | Media encryption mode | Auto |
      Then on the VCS Control "Status > Alarms" says "Media encryption is not enforced" and leads to "Configuration > Zones > Zones"
      And on the VCS Control "Status > Unified Communications" says "Media encryption mode is not Force encrypted" and leads to "Configuration > Zones > Zones"
      When on the VCS Control the administrator clicks "TraversalZone" there and saves:
        | Media encryption mode | Force encrypted |
      Then on the VCS Control Unified Communications has no configuration error
      And on the VCS Control no alarm is raised
      When Alice signs in
      Then the sign-in of Alice succeeds

    @TRAV-14 @slow
    Scenario: the zone looks for a name that the certificate of the Control has not
      Given the TLS verify subject name of the VCS Expressway is "vcsc9.example.com"
      Then on the VCS Expressway "Status > Unified Communications" says "'vcsc9.example.com' is not in the certificate" and leads to "Configuration > Zones > Zones"
      When on the VCS Expressway the administrator clicks "TraversalZone" there and saves:
        | TLS verify subject name | vcsc1.example.com |
      Then on the VCS Expressway Unified Communications has no configuration error
      Given everything the VCS Control needs comes up
      When Alice signs in
      Then the sign-in of Alice succeeds

  Rule: Unified CM is set up in its own pages

    @slow
    Scenario: the administrator of Unified CM makes the cluster secure
      Given the deployment runs
      When in Cisco Unified CM Administration the administrator goes to "System > Enterprise Parameters" and saves:
        | Cluster Security Mode | 1 |
      And on the VCS Control the administrator goes to "Configuration > Unified Communications > Unified CM servers" and presses "Refresh servers"
      Then the zone "CEtls-cucm1" is active on port 5061

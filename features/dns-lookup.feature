Feature: DNS lookup on both VCSs
  Maintenance > Tools > Network utilities > DNS lookup asks the DNS servers of the VCS it runs on.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a SRV lookup of a domain covers four kinds of services

    @DNSL-01 @DNSL-02
    Scenario: the questions of one lookup
      Given the deployment runs
      When the administrator looks up the SRV records of "example.com" on the VCS Control
      Then the lookup shows services of "H.323, SIP, Unified Communications, TURN"
      And the internal DNS was asked by the VCS Control for exactly these Unified Communications records:
        | _collab-edge._tls.example.com |
        | _collab-edge._tcp.example.com |
        | _cuplogin._tcp.example.com    |
        | _cisco-uds._tcp.example.com   |

    @DNSL-01
    Scenario: the DNS server address is wrong
      Given the deployment runs
      When the administrator enters the address of the VCS Control as DNS server of the VCS Expressway
      And the administrator restarts the VCS Expressway
      And the administrator looks up the SRV records of "example.com" on the VCS Expressway
      Then every service of the lookup says "no DNS server could be reached"
      When the administrator enters the address of the public DNS as DNS server of the VCS Expressway
      And the administrator restarts the VCS Expressway
      And the administrator looks up the SRV records of "example.com" on the VCS Expressway
      Then the lookup shows "_collab-edge._tls.example.com" as "10 10 8443 vcse1.example.com"

  Rule: on the Control it shows the view of the inside

    @DNSL-03 @DNSL-02
    Scenario: Unified CM and IM&P are found on the Control alone
      Given the deployment runs
      When the administrator looks up the SRV records of "example.com" on the VCS Control
      Then the lookup shows "_cisco-uds._tcp.example.com" as "10 10 8443 cucm1.example.com"
      And the lookup shows "_cuplogin._tcp.example.com" as "10 10 8443 imp1.example.com"
      And the lookup shows "_collab-edge._tls.example.com" as "not found"
      When the administrator looks up the SRV records of "example.com" on the VCS Expressway
      Then the lookup shows "_collab-edge._tls.example.com" as "10 10 8443 vcse1.example.com"
      And the lookup shows "_cisco-uds._tcp.example.com" as "not found"
      And the lookup shows "_cuplogin._tcp.example.com" as "not found"

    @DNSL-03
    Scenario: an inside record is missing
      Given the internal DNS has no record "_cuplogin._tcp.example.com"
      When the administrator looks up the SRV records of "example.com" on the VCS Control
      Then the lookup shows "_cuplogin._tcp.example.com" as "not found"
      And the lookup shows "_cisco-uds._tcp.example.com" as "10 10 8443 cucm1.example.com"

  Rule: on the Expressway it shows the view of the DMZ

    @DNSL-04
    Scenario: a record that only the DMZ has
      Given the DMZ has a DNS server with the SRV record "_collab-edge._tcp.example.com" to port 8443 of "vcse1.example.com" besides
      When the administrator enters the DNS server of the DMZ on the VCS Expressway
      And the administrator restarts the VCS Expressway
      And the administrator looks up the SRV records of "example.com" on the VCS Expressway
      Then the lookup shows "_collab-edge._tcp.example.com" as "10 10 8443 vcse1.example.com"
      When somebody asks the public DNS for the SRV record "_collab-edge._tcp.example.com"
      Then the answer is that there is no such record

    @DNSL-04
    Scenario: the DMZ asks the public DNS
      Given the deployment runs
      When the administrator looks up the SRV records of "example.com" on the VCS Expressway
      Then the lookup shows "_collab-edge._tcp.example.com" as "not found"
      And the public DNS was asked by the VCS Expressway for exactly these Unified Communications records:
        | _collab-edge._tls.example.com |
        | _collab-edge._tcp.example.com |
        | _cuplogin._tcp.example.com    |
        | _cisco-uds._tcp.example.com   |
      When somebody asks the public DNS for the SRV record "_collab-edge._tcp.example.com"
      Then the answer is that there is no such record

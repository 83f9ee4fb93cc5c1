Feature: DNS and NTP settings of the VCSs
  Both VCSs have a host name, a domain and DNS servers of their own: the Control those inside, the Expressway public ones.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the software of both VCSs is X8.1.1 or later

    @PRE-03
    Scenario: the software is new enough
      Given the deployment runs
      Then the software of the VCS Control is X8.1.1 or later
      And the software of the VCS Expressway is X8.1.1 or later
      And the VCS Control offers the modes "Off, Mobile and remote access"
      And the VCS Expressway offers the modes "Off, Mobile and remote access"

    @PRE-03
    Scenario Outline: the <vcs> was not upgraded
      Given the <vcs> has software "X8.1.0"
      Then the software of the <vcs> is older than X8.1.1
      And the <vcs> offers the modes "Off"
      And the status page of the <vcs> names "Software X8.1.0 has no mobile and remote access" and leads to "Configuration > Unified Communications > Configuration"
      When the administrator sets "Unified Communications mode" of "Configuration > Unified Communications > Configuration" on the <vcs> to "Mobile and remote access"
      Then the change is refused

      Examples:
        | vcs            |
        | VCS Control    |
        | VCS Expressway |

  Rule: each VCS has a host name

    @SYS-C-01
    Scenario: the Control has none
      Given "System host name" of "System > DNS" on the VCS Control was left empty
      Then the status page of the VCS Control names "System host name is not specified" and leads to "System > DNS"

    @SYS-C-01 @SYS-C-02
    Scenario: host name and domain name stand in the Control's certificate signing request
      Given the deployment runs
      Then the full name of the VCS Control is "vcsc1.example.com"
      And the VCS Control shows no configuration error
      When the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control names "vcsc1.example.com"

    @SYS-E-01
    Scenario: the Expressway has none
      Given "System host name" of "System > DNS" on the VCS Expressway was left empty
      Then the status page of the VCS Expressway names "System host name is not specified" and leads to "System > DNS"

    @SYS-E-01 @SYS-E-02
    Scenario: host name and domain name stand in the Expressway's certificate signing request
      Given the deployment runs
      Then the full name of the VCS Expressway is "vcse1.example.com"
      And the VCS Expressway shows no configuration error
      When the administrator generates a CSR on the VCS Expressway
      Then the CSR of the VCS Expressway names "vcse1.example.com"

    @SYS-E-01
    Scenario: the Expressway's host name has an underscore
      Given the VCS Expressway is called "vcs_e1"
      Then the VCS Expressway raises the alarm "Application failed - An unexpected software error was detected in portforwarding.pyc"
      When Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"

  Rule: each VCS has a domain name

    @SYS-C-02
    Scenario: without it the Control does not find servers by their short names
      Given "Domain name" of "System > DNS" on the VCS Control was left empty
      Then the status page of the VCS Control names "Domain name is not specified" and leads to "System > DNS"
      When the administrator looks up "cucm1" on the VCS Control
      Then the lookup finds nothing

    @SYS-C-02
    Scenario: with it the Control finds servers by their short names
      Given the deployment runs
      When the administrator looks up "cucm1" on the VCS Control
      Then the lookup finds "cucm1.example.com"
      And the internal DNS receives "A cucm1.example.com" from the VCS Control

    @SYS-E-02
    Scenario: without it the Expressway has not the name that clients and the Control know
      Given "Domain name" of "System > DNS" on the VCS Expressway was left empty
      Then the status page of the VCS Expressway names "Domain name is not specified" and leads to "System > DNS"
      And the full name of the VCS Expressway is "vcse1"
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_SERVER_ERROR"
      And Alice receives "502 Next Hop Connection Failed"

    @SYS-E-02
    Scenario: the Expressway's name is the target of the service records
      Given the deployment runs
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the public DNS receives "A vcse1.example.com" from the Jabber of Alice
      And the full name of the VCS Expressway is "vcse1.example.com"

  Rule: the Expressway asks public DNS servers

    @SYS-E-03
    Scenario: the Expressway looks a name up
      Given the deployment runs
      When the administrator looks up "vcse1.example.com" on the VCS Expressway
      Then the lookup finds "vcse1.example.com"
      And the public DNS receives "A vcse1.example.com" from the VCS Expressway

    @SYS-E-03
    Scenario: nobody is where the Expressway asks
      Given the VCS Expressway was given a DNS server where nobody is
      When the administrator looks up "vcse1.example.com" on the VCS Expressway
      Then the lookup finds nothing
      And the public DNS receives no "A" from the VCS Expressway

  Rule: in a cluster the settings are made on every peer

    Background:
      Given a cluster of each: Controls, Expressways, Unified CM and IM&P

    @SYS-C-05
    Scenario: every Control has its own
      When Alice looks for the edge 4 times
      Then the VCS Control has its own name and DNS servers
      And the second VCS Control has its own name and DNS servers
      And the VCS Control shows its NTP server as "Active"
      And the second VCS Control shows its NTP server as "Active"
      And every answer is 200 by whichever peers it came

    @SYS-C-05
    Scenario: one Control has no NTP server
      Given the second VCS Control has no NTP server
      And the deployment runs
      When the clock of the second VCS Control drifts by 75 seconds
      And Alice looks for the edge 6 times
      Then the answers by way of the second VCS Control are 403, the others 200

    @SYS-C-05 @fault:403-one-peer-without-ntp
    Scenario: the Control without NTP server gets one
      When the field issue "403-one-peer-without-ntp" is reproduced
      Then it is healthy, shows the symptom, and is healthy again

    @SYS-E-05
    Scenario: every Expressway has its own
      When Alice looks for the edge 12 times
      Then the VCS Expressway has its own name and DNS servers
      And the second VCS Expressway has its own name and DNS servers
      And the VCS Expressway shows its NTP server as "Active"
      And the second VCS Expressway shows its NTP server as "Active"
      And each VCS Expressway has been asked
      And every answer is 200 by whichever peers it came

    @SYS-E-05
    Scenario: one Expressway has no NTP server
      Given the second VCS Expressway has no NTP server
      And the deployment runs
      When the clock of the second VCS Expressway drifts by 75 seconds
      And Alice looks for the edge 12 times
      Then the answers by way of the second VCS Expressway are 403, the others 200

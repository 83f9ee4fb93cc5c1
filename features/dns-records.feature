Feature: DNS records
  The public DNS leads clients to the Expressway; the records of the services inside are for the inside only.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the public DNS has the collab-edge record, for port 8443 of the Expressway

    @DNS-01 @DNS-02
    Scenario: somebody on the internet looks the edge up
      When somebody asks the public DNS for the SRV record "_collab-edge._tls.example.com"
      Then the answer is port 8443 of "vcse1.example.com" with priority 10 and weight 10
      And "vcse1.example.com" has the address of the VCS Expressway in the public DNS

    @DNS-04
    Scenario: Alice's Jabber finds the Expressway by it
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Alice asked DNS before opening any connection
      And the public DNS receives "SRV _collab-edge._tls.example.com" from the Jabber of Alice
      And the Jabber of Alice has connected to port 8443 of the VCS Expressway

    @DNS-01 @DNS-04
    Scenario: without the record Alice's Jabber finds no edge
      Given the public DNS has no record "_collab-edge._tls.example.com"
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_NO_SRV_RECORDS_FOUND"
      And Alice has opened no connection to the VCS Expressway

    @DNS-02
    Scenario: a record with the wrong port leads to the wrong listener
      Given the public DNS has no record "_collab-edge._tls.example.com"
      And the public DNS also has the SRV record "_collab-edge._tls.example.com" to port 443 of "vcse1.example.com"
      When Alice signs in
      Then Alice receives "303 See Other"
      And the Unified CM receives no "GET /cucm-uds"

  Rule: the SIP service records belong to the general deployment; remote access does without

    @DNS-05
    Scenario: somebody on the internet looks the SIP service up
      When somebody asks the public DNS for the SRV record "_sips._tcp.example.com"
      Then the answer is port 5061 of "vcse1.example.com" with priority 10 and weight 10

    @DNS-05
    Scenario: without the SIP service record Alice still signs in and calls
      Given the public DNS has no record "_sips._tcp.example.com"
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects

  Rule: the local DNS has the records of Unified CM and IM&P

    @DNS-06
    Scenario: cisco-uds leads to Unified CM
      When somebody asks the internal DNS for the SRV record "_cisco-uds._tcp.example.com"
      Then the answer is port 8443 of "cucm1.example.com" with priority 10 and weight 10

    @DNS-07
    Scenario: cuplogin leads to IM&P
      When somebody asks the internal DNS for the SRV record "_cuplogin._tcp.example.com"
      Then the answer is port 8443 of "imp1.example.com" with priority 10 and weight 10

    @DNS-06
    Scenario: without cisco-uds a Jabber in the office finds no Unified CM
      Given the internal DNS has no record "_cisco-uds._tcp.example.com"
      When Bob signs in
      Then the sign-in of Bob fails with "NO_HOME_UDS_FOUND"

    @DNS-07
    Scenario: without either record a Jabber in the office finds nothing at all
      Given the internal DNS has no record "_cisco-uds._tcp.example.com"
      And the internal DNS has no record "_cuplogin._tcp.example.com"
      When Bob signs in
      Then the sign-in of Bob fails with "FAILED_NO_SRV_RECORDS_FOUND"

  Rule: the records of the inside must not resolve outside, or Jabber does not start remote access

    Scenario Outline: <record> is not known outside
      When somebody asks the public DNS for the SRV record "<record>"
      Then the answer is that there is no such record

      @DNS-08
      Examples:
        | record                      |
        | _cisco-uds._tcp.example.com |

      @DNS-09
      Examples:
        | record                     |
        | _cuplogin._tcp.example.com |

    @DNS-08 @DNS-10
    Scenario: cisco-uds leaked to the public DNS keeps Alice from the edge
      Given the public DNS also has the SRV record "_cisco-uds._tcp.example.com" to port 8443 of "cucm1.example.com"
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_UCM90_CONNECTION"
      And Alice has opened no connection to the VCS Expressway

    @DNS-09 @DNS-10
    Scenario: cuplogin leaked to the public DNS keeps Alice from the edge
      Given the public DNS also has the SRV record "_cuplogin._tcp.example.com" to port 8443 of "imp1.example.com"
      When Alice signs in
      Then the sign-in of Alice fails with "NO_HOME_UDS_FOUND"
      And Alice has opened no connection to the VCS Expressway

    @DNS-08
    Scenario: with the leaked record removed Alice signs in
      Given the public DNS also has the SRV record "_cisco-uds._tcp.example.com" to port 8443 of "cucm1.example.com"
      And Alice signs in
      When the record "_cisco-uds._tcp.example.com" is removed from the public DNS
      And Alice signs in
      Then the sign-in of Alice succeeds

    @DNS-10
    Scenario: in the office Bob's Jabber uses the services directly
      When Bob signs in
      Then the sign-in of Bob succeeds
      And the internal DNS receives "SRV _cisco-uds._tcp.example.com" from the Jabber of Bob
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=bob" from the Jabber of Bob
      And Bob has opened no connection to the VCS Expressway

  Rule: Control asks the internal DNS servers, the Expressway public ones

    @SYS-C-03
    Scenario: Control finds the servers inside through the internal DNS
      Given the deployment runs
      Then the internal DNS receives "A cucm1.example.com" from the VCS Control
      And the Unified CM receives "POST /axl/" from the VCS Control

    @SYS-C-03
    Scenario: Control pointed at the public DNS finds nothing inside
      Given the VCS Control uses the public DNS
      When discovery has failed for "cucm1.example.com"
      Then the reason of the failed discovery is that "cucm1.example.com has no address"
      And the Unified CM receives no "POST /axl/"

  Rule: a cluster of Expressways has one record for each of its peers, all of the same priority and weight

    Background:
      Given a cluster of each: Controls, Expressways, Unified CM and IM&P

    @DNS-03
    Scenario: somebody on the internet looks the edge and the SIP service up
      When somebody asks the public DNS for the SRV record "_collab-edge._tls.example.com"
      Then there is one answer for each VCS Expressway, port 8443 with priority 10 and weight 10
      When somebody asks the public DNS for the SRV record "_sips._tcp.example.com"
      Then there is one answer for each VCS Expressway, port 5061 with priority 10 and weight 10

    @DNS-03
    Scenario: clients spread over all peers
      When Alice looks for the edge 12 times
      Then each VCS Expressway has been asked

    @DNS-03
    Scenario: the record of one peer was left out
      Given the second VCS Expressway has no record as edge in the public DNS
      When Alice looks for the edge 12 times
      Then only the VCS Expressway has been asked
      When the VCS Expressway fails
      And Alice signs in
      Then the sign-in of Alice fails with "EDGE_SERVER_CONNECTION_ERROR"

Feature: Discovering IM&P and Unified CM servers: certificates to be trusted
  With TLS verify mode On the trusted CA list of the VCS Control has what is needed to verify tomcat and CallManager.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: of self-signed servers a copy of each certificate is uploaded, and the VCS Control restarted

    @DISC-06 @DISC-09
    Scenario: copies of the tomcat certificates are uploaded
      Given the servers of Unified CM and IM&P have self-signed certificates
      When discovery has failed for "cucm1.example.com"
      Then the IM and Presence server is "Inactive" at the VCS Control
      When the tomcat certificates of the servers are uploaded to the VCS Control
      Then "Refresh servers" of "Configuration > Unified Communications > Unified CM servers" on the VCS Control is refused: "self-signed"
      And the Unified CM receives no "POST /axl/"
      When the administrator restarts the VCS Control
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"
      And the IM and Presence server is "Active" at the VCS Control

    @DISC-06
    Scenario: the copy of the subscriber was forgotten
      Given the Unified CM cluster has a publisher and a subscriber
      And the servers of Unified CM and IM&P have self-signed certificates
      And the deployment runs
      When the tomcat certificates of the publishers are uploaded to the VCS Control
      And the administrator restarts the VCS Control
      Then Control has discovered the nodes "cucm1, cucm2" through "cucm1.example.com"
      When the Unified CM is switched off
      And Alice asks for her edge configuration
      Then Alice receives "503 Service Unavailable"
      And the subscriber of Unified CM receives no "GET"

    @DISC-06
    Scenario: the copy of the subscriber was uploaded too
      Given the Unified CM cluster has a publisher and a subscriber
      And the servers of Unified CM and IM&P have self-signed certificates
      And the deployment runs
      When the tomcat certificates of the servers are uploaded to the VCS Control
      And the administrator restarts the VCS Control
      Then Control has discovered the nodes "cucm1, cucm2" through "cucm1.example.com"
      When the Unified CM is switched off
      And Alice asks for her edge configuration
      Then the subscriber of Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the VCS Control

    @DISC-CUCM-06
    Scenario: the copy of the CallManager certificate was forgotten
      Given the servers of Unified CM and IM&P have self-signed certificates
      And the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      And the deployment runs
      When the tomcat certificates of the servers are uploaded to the VCS Control
      And the administrator restarts the VCS Control
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"
      And the zone "CEtls-cucm1" has failed: "elf-signed"
      And the zone "CEtcp-cucm1" is active on port 5060
      When the CallManager certificate of the Unified CM is uploaded to the VCS Control
      And the administrator restarts the VCS Control
      Then the zone "CEtls-cucm1" is active on port 5061
      When Alice signs in
      Then the registration of Alice went through the zone "CEtls-cucm1"

  Rule: of servers with signed certificates the root of each issuer is uploaded

    @DISC-CUCM-07 @DISC-CUCM-05
    Scenario: tomcat and CallManager have different issuers, one root is trusted
      Given the CallManager certificate of Unified CM was signed by a private authority
      And the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      And the deployment is not expected to work
      And the deployment runs
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"
      And the zone "CEtls-cucm1" has failed: "untrusted CA"
      And the zone "CEtcp-cucm1" is active on port 5060
      When the administrator uploads the private authority as trusted CA of the VCS Control
      And the administrator restarts the VCS Control
      Then the zone "CEtls-cucm1" is active on port 5061
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"

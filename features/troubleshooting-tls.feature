Feature: VCS certificate and TLS connectivity issues
  TLS fails although the right certificates were uploaded.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: changed certificates have no effect before the restart

    @TRB-TLS-01
    Scenario: the domain was added to the Expressway's certificate, clients still refuse it
      Given the certificate of the VCS Expressway names only "vcse1.example.com"
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      When the VCS Expressway gets a new server certificate
      And the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the TC endpoint
      When the administrator restarts the VCS Expressway
      And the VCS Control dials the VCS Expressway anew
      Then the traversal zone is active at both ends
      When the board room signs in
      Then the sign-in of the board room succeeds

    @TRB-TLS-01
    Scenario: the authority of Unified CM was uploaded, discovery still fails
      Given the certificate of the Unified CM was signed by a private authority
      And the deployment is not expected to work
      When discovery has failed for "cucm1.example.com"
      And the administrator uploads the private authority as trusted CA of the VCS Control
      Then "Refresh servers" of "Configuration > Unified Communications > Unified CM servers" on the VCS Control is refused: "verify"
      And the Unified CM receives no "POST /axl/"
      When the administrator restarts the VCS Control
      Then Control has discovered the nodes "cucm1" through "cucm1.example.com"

  Rule: with secure profiles Unified CM has to trust the authority of Control's certificate

    @TRB-TLS-02 @CUCM-12
    Scenario: the root CA is not in CallManager-trust, and is uploaded
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      And the deployment runs
      When CallManager-trust of Unified CM loses the root CA of the certificate of Control
      Then Unified CM lists 0 trusted CallManager certificates
      When the administrator refreshes the servers
      And Alice signs in
      Then the phone service of Alice fails: "503 Service Unavailable"
      And Unified CM has Alice not registered
      And the Unified CM has logged "Failed to establish SSL connection"
      When the root CA of Control's certificate is uploaded to Unified CM as CallManager-trust
      And the administrator refreshes the servers
      Then the zone "CEtls-cucm1" is active on port 5061
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"

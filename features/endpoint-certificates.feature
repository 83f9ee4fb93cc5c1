Feature: Client certificates of TC endpoints
  They are optional. Provisioning installs them while the endpoint is in the office; the Expressway has to trust the
  authority that signed them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P
    And Unified CM issues certificates to endpoints

  Rule: the certificate is installed inside, before the endpoint is taken outside

    @TC-07 @TC-06 @CERT-11
    Scenario: installed in the office, shown outside
      Given the VCS Expressway trusts the authority of the endpoints' certificates
      And the board room is to install a certificate
      When the TC endpoint of the board room is provisioned in the office
      Then the TC endpoint of the board room has a certificate for "SEP000000001004"
      When the TC endpoint of the board room is taken outside
      And the board room signs in
      Then the sign-in of the board room succeeds
      And the VCS Expressway has verified the certificate for "SEP000000001004" on SIP and HTTPS
      And Unified CM has the board room registered

    @TC-07 @UNSJ-02
    Scenario: outside there is no certificate to be had
      Given the VCS Expressway trusts the authority of the endpoints' certificates
      And the board room is to install a certificate
      When the board room signs in
      Then the TC endpoint of the board room has no certificate
      And Unified CM has issued no certificate
      And the VCS Expressway was shown no certificate
      And Unified CM has the board room registered

    @UNSJ-02
    Scenario: the proxy does not lead to the certificate authority of Unified CM
      Given Alice is signed in
      When Alice fetches "https://cucm1.example.com:3804/"
      Then Alice receives "403 Forbidden"
      And the VCS Control has not connected to port 3804 of the Unified CM
      And Unified CM has issued no certificate
      When Alice fetches "https://cucm1.example.com:8443/cucm-uds/version"
      Then the answer is 200

  Rule: the authority of the endpoints' certificates is in the Expressway's trusted CA list

    @CERT-11
    Scenario: the authority is not in the list
      Given the board room is to install a certificate
      When the TC endpoint of the board room is provisioned in the office
      Then the TC endpoint of the board room has a certificate for "SEP000000001004"
      When the TC endpoint of the board room is taken outside
      And the board room signs in
      Then the sign-in of the board room fails with "EDGE_SERVER_CONNECTION_ERROR"
      And the VCS Expressway has refused the certificate for "SEP000000001004"
      And the VCS Expressway receives no "REGISTER" from the TC endpoint
      And the Unified CM receives no "GET /cucm-uds" from the VCS Control
      And Unified CM has the board room not registered

    @CERT-11 @TC-06
    Scenario: an endpoint without certificate does not need the authority
      When the board room signs in
      Then the sign-in of the board room succeeds
      And the VCS Expressway was shown no certificate
      And Unified CM has the board room registered

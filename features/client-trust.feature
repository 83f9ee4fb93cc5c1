Feature: Clients check the identity of the Expressway
  Jabber and TC endpoints validate the Expressway's server certificate; the authority that signed it has to be among
  the authorities they trust.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the signing authority has to be in the client's trusted CA list

    @JAB-01 @JAB-02 @SEC-06
    Scenario: Alice's Jabber does not know the private authority of the company
      Given the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      When Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice

    @JAB-02
    Scenario: with the private authority in her list Alice signs in
      Given the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      And the trusted CA list of Alice has the private authority
      When Alice signs in
      Then the sign-in of Alice succeeds

    @TC-02 @TC-03
    Scenario: the TC endpoint does not know the private authority of the company
      Given the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the TC endpoint
      And the VCS Expressway receives no "REGISTER" from the TC endpoint

    @TC-03 @TC-05
    Scenario: the private authority is added to the TC endpoint
      Given the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      And the board room signs in
      When the private authority is added to the trusted CA list of the board room
      And the board room signs in
      Then the sign-in of the board room succeeds
      And Unified CM has the board room registered

    @JAB-02
    Scenario: the authority was removed from Alice's list
      Given the trusted CA list of Alice is empty
      When Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice

  Rule: TC endpoints come with a list of common authorities

    @TC-04
    Scenario: an authority of the list signed the certificate of the Expressway
      Given the certificate of the VCS Expressway was signed by a public authority
      And the VCS Control trusts the public authority
      And the trusted CA list of the board room is empty but for what it came with
      When the board room signs in
      Then the sign-in of the board room succeeds
      And the VCS Expressway receives "REGISTER" from the TC endpoint
      And nothing was added to the trusted CA list of the board room

    @TC-04
    Scenario: an endpoint fresh from the factory does not know the company's own authority
      Given the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      And the trusted CA list of the board room is empty but for what it came with
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the TC endpoint
      And nothing was added to the trusted CA list of the board room

  Rule: Jabber uses the certificate mechanism of its operating system

    @JAB-03 @JAB-02
    Scenario: Windows has it in "Certificate Manager"
      Given the Jabber of Alice is release "9.7.0" for Windows
      And the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      When the private authority is put into the "application folder" of Alice
      And Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice
      When the private authority is put into the "Certificate Manager" of Alice
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Expressway receives "GET" from the Jabber of Alice
      And Unified CM has Alice registered

    @JAB-04 @JAB-02
    Scenario: iOS has it in "Trust store"
      Given the Jabber of Alice is release "9.6.1" for iOS
      And the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      When the private authority is put into the "application folder" of Alice
      And Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice
      When the private authority is put into the "Trust store" of Alice
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Expressway receives "GET" from the Jabber of Alice
      And Unified CM has Alice registered

    @JAB-05 @JAB-02
    Scenario: Android has it in "Location & Security"
      Given the Jabber of Alice is release "9.6" for Android
      And the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      When the private authority is put into the "application folder" of Alice
      And Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice
      When the private authority is put into the "Location & Security" of Alice
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Expressway receives "GET" from the Jabber of Alice
      And Unified CM has Alice registered

    @JAB-03
    Scenario: the mechanism of another operating system is none of Windows
      Given the Jabber of Alice is release "9.7.0" for Windows
      And the certificate of the VCS Expressway was signed by a private authority
      And the VCS Control trusts the private authority
      When the private authority is put into the "Trust store" of Alice
      And Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice

  Rule: the certificate has to be for the Expressway

    @JAB-01
    Scenario: the certificate is for another name
      Given the certificate of the VCS Expressway names only "mail.example.net"
      When Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice

    @TC-02
    Scenario: the certificate lacks the domain of the TC endpoint
      Given the certificate of the VCS Expressway names only "vcse1.example.com"
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the TC endpoint

    @TC-02 @SEC-06
    Scenario: the certificate has expired
      Given the certificate of the VCS Expressway has expired
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the TC endpoint

  Rule: clients need no certificate of their own

    @TC-06
    Scenario: a TC endpoint without a client certificate registers
      When the board room signs in
      Then the sign-in of the board room succeeds
      And Unified CM has the board room registered

  Rule: provisioning mode "Cisco UCM via Expressway" sends the TC endpoint to the Expressway

    @TC-01
    Scenario: the TC endpoint is provisioned through the Expressway
      When the board room signs in
      Then the public DNS receives "SRV _collab-edge._tls.example.com" from the TC endpoint
      And the TC endpoint has connected to port 8443 of the VCS Expressway
      And the Unified CM receives "GET /SEP000000001004.cnf.xml" from the VCS Control

    @TC-01
    Scenario: the mode is left at "Cisco UCM"
      Given the TC endpoint is in provisioning mode "Cisco UCM"
      When the board room signs in
      Then the sign-in of the board room fails with "FAILED_DEVICE_CONFIG"
      And the board room has opened no connection to the VCS Expressway

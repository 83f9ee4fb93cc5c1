Feature: Security of instant messaging
  XMPP is encrypted outside and between the VCSs; between the VCS Control and IM&P it is not.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a sniffer outside or in the DMZ reads no stanza

    @UNSF-03 @SEC-05 @PROTO-04
    Scenario: between Alice and the Expressway
      Given Alice and Bob are signed in
      When Alice writes "the eagle has landed" to Bob
      Then Bob reads "the eagle has landed" from Alice
      And all TCP between Alice and the VCS Expressway is TLS, SSH or turns to TLS
      And "the eagle has landed" can not be read between Alice and the VCS Expressway
      And "CISCO-VTG-TOKEN" can not be read between Alice and the VCS Expressway

    @UNSF-02 @PROTO-04
    Scenario: between the Expressway and the Control
      Given Alice and Bob are signed in
      When Bob writes "the eagle has landed" to Alice
      Then Alice reads "the eagle has landed" from Bob
      And the VCS Control has connected to port 7400 of the VCS Expressway
      And all TCP between the VCS Control and the VCS Expressway is TLS, SSH or turns to TLS
      And "the eagle has landed" can not be read between the VCS Control and the VCS Expressway

    @PROTO-04
    Scenario: credentials before encryption
      Given the deployment runs
      When a hostile stranger sends credentials to port 5222 before STARTTLS
      Then the hostile stranger was offered STARTTLS as required and no mechanism
      And the connection of the hostile stranger is closed

  Rule: a sniffer inside reads them

    @UNSF-01
    Scenario: between the Control and IM&P
      Given Alice and Bob are signed in
      When Alice writes "the eagle has landed" to Bob
      Then Bob reads "the eagle has landed" from Alice
      And "the eagle has landed" can be read between the VCS Control and the IM&P
      And "<presence" can be read between the VCS Control and the IM&P

    @UNSF-01
    Scenario: Bob's own client in the office is encrypted
      Given Alice and Bob are signed in
      When Bob writes "the eagle has landed" to Alice
      Then Alice reads "the eagle has landed" from Bob
      And "the eagle has landed" can not be read between Bob and the IM&P
      And "the eagle has landed" can be read between the VCS Control and the IM&P

  Rule: the Expressway's certificate names the domain users type

    @CERT-E-01 @CERT-E-02
    Scenario: the domain stands in the certificate
      Given the certificate of the VCS Expressway names only "example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control
      When the board room signs in
      Then the sign-in of the board room succeeds

    @CERT-E-01
    Scenario: the domain was left out, the TC endpoint stays away
      Given the certificate of the VCS Expressway names only "vcse1.example.com"
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the TC endpoint

    @CERT-E-02
    Scenario: another domain stands in the certificate than Alice typed
      Given the certificate of the VCS Expressway names only "example.org"
      When Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "GET" from the Jabber of Alice

  Rule: with two interfaces the link for XMPP uses the internal one

    @LIM-03
    Scenario: clients come to the external interface, the Control to the internal one
      Given the VCS Expressway has an internal and an external interface
      And Alice and Bob are signed in
      Then Alice has connected to port 5222 of the external interface
      And the VCS Control has connected to port 7400 of the internal interface
      When Alice writes "which way?" to Bob
      Then Bob reads "which way?" from Alice

    @LIM-03
    Scenario: a stranger looks for the link at the external interface
      Given the VCS Expressway has an internal and an external interface
      And the deployment runs
      When a stranger on the internet connects to port 7400 of the external interface
      Then the stranger is not connected
      When a stranger on the internet connects to port 5222 of the external interface
      Then the stranger is connected

Feature: Protocol summary and security
  SIP, HTTPS and XMPP run in TLS outside; media is SRTP.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: nothing outside the Control is readable

    @SEC-02 @PROTO-01
    Scenario: a sniffer on the internet reads no signalling
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then all TCP between Alice and the VCS Expressway is TLS, SSH or turns to TLS
      And "REGISTER sip:" can not be read between Alice and the VCS Expressway
      And "INVITE sip:" can not be read between Alice and the VCS Expressway
      And "REGISTER sip:" can be read between the VCS Control and the Unified CM
      And "INVITE sip:" can be read between the VCS Control and the Unified CM

    @SEC-01
    Scenario: a sniffer in the DMZ reads no signalling
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then all TCP between the VCS Control and the VCS Expressway is TLS, SSH or turns to TLS
      And "REGISTER sip:" can not be read between the VCS Control and the VCS Expressway
      And "INVITE sip:" can not be read between the VCS Control and the VCS Expressway
      And "GET /" can not be read between the VCS Control and the VCS Expressway
      And "GET /" can be read between the VCS Control and the Unified CM

    @PROTO-02
    Scenario: logon, configuration, directory and voicemail are HTTPS
      Given Alice is signed in
      When Alice looks up a colleague and lists the voicemail
      Then the VCS Control has connected to port 443 of the Unity Connection
      And the Jabber of Alice has connected to port 8443 of the VCS Expressway
      And the Unified CM receives "GET /cucm-uds/user/alice/devices" from the VCS Control
      And the Unified CM receives "GET /cucm-uds/users" from the VCS Control
      And the Unified CM receives "GET /CSFALICE.cnf.xml" from the VCS Control
      And the Unity Connection receives "GET /vmrest/" from the VCS Control
      And "/vmrest/" can not be read between Alice and the VCS Expressway
      And "cucm-uds" can not be read between Alice and the VCS Expressway

    @SEC-04 @PROTO-01
    Scenario: somebody speaks SIP without TLS to the SIP port
      Given the deployment runs
      When a stranger on the internet says plain SIP to port 5061 of the VCS Expressway
      Then the connection is closed without a SIP answer
      And the Unified CM receives no "REGISTER"

  Rule: the endpoint meets the Expressway only

    @OVW-06 @SEC-02
    Scenario: Alice never reaches an inside address
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And Alice has spoken with nobody but the public DNS and the VCS Expressway

  Rule: media without keys does not get through

    @OVW-09 @MENC-02 @TRAV-06
    Scenario: Alice's Jabber offers media in clear
      Given the Jabber of Alice sends its media in clear
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call fails with "488 Not Acceptable Here"
      And no INVITE reaches Carol
      And no media passes at all

    @OVW-09
    Scenario: Alice's Jabber encrypts with another key than it offered
      Given the Jabber of Alice encrypts with another key than it offers
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Carol hears nothing
      And Alice hears nothing

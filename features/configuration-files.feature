Feature: Provisioning of outside endpoints
  Endpoints outside get their user and device configuration from Unified CM, through the edge.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the device file outside is the one Unified CM serves inside

    @OVW-03 @PORT-CU-03
    Scenario: Alice's Jabber gets its device file
      Given Alice is signed in
      Then the Unified CM receives "GET /CSFALICE.cnf.xml" from the VCS Control
      And the VCS Control has connected to port 6970 of the Unified CM

    @OVW-03
    Scenario: the file is the same outside and inside
      Given Alice and Bob are signed in
      When Alice fetches "http://cucm1.example.com:6970/CSFALICE.cnf.xml"
      And Bob fetches "http://cucm1.example.com:6970/CSFALICE.cnf.xml"
      Then both answers are the same

    @OVW-03 @PORT-CU-03
    Scenario: without the TFTP service there is IM but no phone
      Given the deployment runs
      When the Unified CM has "Cisco Tftp" switched off
      And Alice signs in
      Then the sign-in of Alice fails with "FAILED_DEVICE_CONFIG"
      And Alice receives "502 connect failed"
      And Alice's stage "im-connect" is ok
      And the Unified CM receives no "REGISTER"
      When the Unified CM has "Cisco Tftp" switched on
      And Alice signs in
      Then the sign-in of Alice succeeds

  Rule: the edge configuration tells the client what there is inside

    @DNS-06 @DNS-07
    Scenario: the services inside are looked up for the client by Control
      Given Alice is signed in
      Then the internal DNS receives "SRV _cisco-uds._tcp.example.com" from the VCS Control
      And the edge configuration of Alice has "<address>cucm1.example.com</address>"
      And the edge configuration of Alice has "<address>imp1.example.com</address>"

    @DNS-07
    Scenario: without cuplogin in the internal DNS the client hears that there is none
      Given the internal DNS has no record "_cuplogin._tcp.example.com"
      When Alice signs in
      Then the edge configuration of Alice has "<name>_cuplogin</name><error>NameError</error>"

  Rule: users and devices must have been configured in Unified CM and IM&P before

    @PRE-02
    Scenario: a user without presence node has phone but no IM
      Given Unified CM has Alice not enabled for IM and Presence
      When Alice signs in
      Then Alice's stage "im-login" is skipped
      And Unified CM has Alice registered

    @PRE-02
    Scenario: a user enabled for both has both
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Alice's stage "im-connect" is ok
      And Unified CM has Alice registered

  Rule: the first sign-in of an outside client makes a provisioning session

    @DEV-02
    Scenario: Control lists Alice's session with her device
      Given the deployment runs
      Then Control lists no provisioning session of Alice
      When Alice signs in
      Then Control lists a current provisioning session of Alice with device "CSFALICE"

    @DEV-03 @slow
    Scenario: after the credentials have aged the session is a recent one
      Given Alice is signed in
      When the clocks advance by 481 minutes
      Then Control lists a recent provisioning session of Alice with device "CSFALICE"

    @DEV-02
    Scenario: somebody who was refused has no session
      When Alice signs in with the wrong password
      Then Alice receives "401 Unauthorized"
      And Control lists no provisioning session of Alice

Feature: Sign-in from outside without a VPN
  A Jabber client on the internet finds the edge, proves who its user is, and gets its services from inside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the client's credentials are checked against Unified CM

    @SEC-07 @SEC-08 @JVPN-02
    Scenario: Alice signs in with her password
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM receives "GET /cucm-uds/user/alice/devices" from the VCS Control

    @TRB-401-02
    Scenario: Alice mistypes her password
      When Alice signs in with the wrong password
      Then Alice receives "401 Unauthorized"
      And the Unified CM receives no "REGISTER"

    @SEC-07
    Scenario: a client without credentials gets nothing
      When Alice asks for the edge configuration without credentials
      Then the answer is 401
      And Alice receives "401 Unauthorized"
      And the Unified CM receives no "GET /cucm-uds/user/alice"

    @SEC-08
    Scenario: Alice's new password counts, her old one does not
      Given the deployment runs
      When the password of Alice is changed to "another-secret"
      And Alice signs in
      Then Alice receives "401 Unauthorized"
      When Alice signs in with the password "another-secret"
      Then the sign-in of Alice succeeds

    @CUCM-03 @PORT-CU-02
    Scenario: Control asks a Unified CM node for Alice's home cluster first
      When Alice signs in
      Then the Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the VCS Control
      And the Unified CM is asked "GET /cucm-uds/clusterUser?username=alice" before "GET /cucm-uds/user/alice/devices"

    @CUCM-03
    Scenario: with UDS stopped on every node nobody signs in
      Given the deployment runs
      When the Unified CM has "Cisco User Data Services" switched off
      And Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_SERVER_ERROR"
      And Alice receives "503 Service Unavailable"
      When the Unified CM has "Cisco User Data Services" switched on
      And Alice signs in
      Then the sign-in of Alice succeeds

  Rule: sign-in brings the user every service that there is inside

    @SCN-02 @OVW-12 @JVPN-06 @JVPN-09
    Scenario Outline: <user> works <place>
      Given <user> and Carol are signed in
      Then <user> finds Carol in the directory
      And <user> can read the voicemail list
      When <user> calls Carol
      Then the call connects

      Examples:
        | user  | place         |
        | Alice | outside       |
        | Bob   | in the office |

    @JVPN-06 @UNSJ-01
    Scenario: the directory is that of Unified CM's UDS
      Given Alice is signed in
      Then Alice finds Carol in the directory
      And the Unified CM receives "GET /cucm-uds/users?name=Carol" from the VCS Control

    @UNSJ-01
    Scenario: no other directory can be reached from outside
      Given the deployment runs
      When a stranger on the internet connects to port 389 of the VCS Expressway
      Then the stranger is not connected

  Rule: a client outside opens no connection to an address inside

    @OVW-06 @PORT-IN-02
    Scenario: Alice's connections all end at the Expressway
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice has connected only to the VCS Expressway
      And the VCS Expressway has opened no connection to the inside

  Rule: the traffic of the client is protected by TLS

    @JVPN-02 @SEC-02
    Scenario: nothing Alice sends can be read on the internet
      Given Alice is signed in
      Then all TCP between Alice and the VCS Expressway is TLS, SSH or turns to TLS
      And "get_edge_config" can not be read between Alice and the VCS Expressway
      And "REGISTER sip:" can not be read between Alice and the VCS Expressway

    @SEC-03 @JVPN-02
    Scenario: plain HTTP to the Expressway is not answered
      Given the deployment runs
      When a stranger on the internet says plain HTTP to port 8443 of the VCS Expressway
      Then the connection is closed without an HTTP answer

  Rule: a TC endpoint signs in the same way

    @OVW-12
    Scenario: the TC endpoint in the board room is provisioned and called
      Given the board room and Carol are signed in
      When Carol calls the board room
      Then the call connects

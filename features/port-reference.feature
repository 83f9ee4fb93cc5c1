Feature: Port reference
  The connections and ports between the internet, the DMZ and the inside, as a firewall sees them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: Control to Expressway

    @PORT-CE-01 @PORT-CE-02 @PORT-CE-03 @PORT-N-13
    Scenario: the Control opens XMPP, SSH and SIP towards the DMZ
      Given Alice is signed in
      Then the VCS Control has connected to port 7400 of the VCS Expressway
      And the VCS Control has connected to port 2222 of the VCS Expressway
      And the VCS Control has connected to port 7001 of the VCS Expressway from source ports 25000 to 29999
      And the VCS Expressway has opened no connection to the inside

    @PORT-CE-04 @PORT-N-01 @PORT-N-02
    Scenario: media of all calls shares the two multiplexed ports
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And media flows from the VCS Control ports 36002 to 59999 to the VCS Expressway ports 36000 to 36001
      And no per-call port is one of the multiplexed ports

    @PORT-CE-04 @PORT-N-02
    Scenario: both legs of a call between two endpoints outside share them too
      Given Alice and the board room are signed in
      And Alice is in a call with the board room
      Then Alice and the board room hear each other
      And media flows from the VCS Control ports 36002 to 59999 to the VCS Expressway ports 36000 to 36001
      And no per-call port is one of the multiplexed ports

  Rule: the SSH port is for the Control alone

    @PORT-N-09 @PORT-CE-02
    Scenario: a stranger guesses SSH credentials
      Given the deployment runs
      When a stranger on the internet guesses the SSH credentials of the VCS Control
      Then the stranger is not let in
      And the VCS Control has connected to port 2222 of the VCS Expressway

  Rule: between internet and Expressway

    @PORT-IN-01 @PORT-IN-02 @PORT-IN-04
    Scenario: Alice's Jabber needs three TCP ports
      Given Alice is signed in
      Then the Jabber of Alice has connected to port 8443 of the VCS Expressway
      And the Jabber of Alice has connected to port 5222 of the VCS Expressway
      And the Jabber of Alice has connected to port 5061 of the VCS Expressway

    @PORT-IN-03 @PORT-EO-01
    Scenario: media between Alice and the Expressway
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And media flows from Alice ports 1024 to 65535 to the VCS Expressway ports 36002 to 59999
      And media flows from the VCS Expressway ports 36002 to 59999 to Alice ports 1024 to 65535

    @PORT-IN-05
    Scenario: the administrator works from the internet
      Given the deployment runs
      When the administrator logs in to the VCS Expressway from the internet
      Then the administrator sees the status page of the VCS Expressway

    @PORT-IN-05
    Scenario: somebody guesses the administrator's password
      Given the deployment runs
      When somebody logs in to the VCS Expressway from the internet with a guessed password
      Then the status page is refused

    @PORT-N-07
    Scenario: port 8883 answers from the internet
      Given the deployment runs
      When a stranger on the internet connects to port 8883 of the VCS Expressway
      Then the stranger is connected

    @SEC-04
    Scenario: there is no SIP without TLS on the Expressway
      Given the deployment runs
      When a stranger on the internet connects to port 5060 of the VCS Expressway
      Then the stranger is not connected

  Rule: the Expressway opens SIP connections to the internet where a client has lost its own

    @PORT-EO-02
    Scenario: the board room is called after it has lost its connection
      Given the board room listens for SIP over TLS
      And Carol and the board room are signed in
      When the SIP connection of the board room to the VCS Expressway breaks
      And Carol calls the board room
      Then the call connects
      And Carol and the board room hear each other
      And the VCS Expressway has connected to port 5061 of the TC endpoint from source ports 25000 to 29999

    @PORT-EO-02
    Scenario: the board room has lost its connection and does not listen
      Given Carol and the board room are signed in
      When the SIP connection of the board room to the VCS Expressway breaks
      And Carol calls the board room
      Then the call fails with "480 Temporarily Unavailable"
      And the VCS Expressway has sent "480 Temporarily Unavailable" for the call
      And no INVITE reaches the board room

  Rule: Control to the servers and endpoints inside

    @PORT-CU-01 @PORT-CU-02 @PORT-CU-03 @PORT-CU-06
    Scenario: what a sign-in from outside needs inside
      Given Alice is signed in
      Then the VCS Control has connected to port 7400 of the IM&P
      And the VCS Control has connected to port 8443 of the Unified CM
      And the VCS Control has connected to port 6970 of the Unified CM
      And the VCS Control has connected to port 5060 of the Unified CM from source ports 25000 to 29999

    @PORT-CU-04
    Scenario: voicemail goes to Unity Connection
      Given Alice is signed in
      When Alice looks up a colleague and lists the voicemail
      Then the VCS Control has connected to port 443 of the Unity Connection

    @PORT-CU-05
    Scenario: media between the Control and the desk phone
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And media flows from the VCS Control ports 36002 to 59999 to Carol ports 1024 to 65535
      And media flows from Carol ports 1024 to 65535 to the VCS Control ports 36002 to 59999

  Rule: firewalls that pass exactly the rows of the tables

    @private @needs:nft @needs:unshare @FW-01 @PORT-CE-02 @slow
    Scenario: the firewall to the DMZ forgets the SSH tunnels
      Given the deployment runs
      When the row "PORT-CE-02" of the port reference is closed and opened again
      Then before that everything works through exactly the rows of the tables
      And exactly what the table says fails while "PORT-CE-02" is closed, "sign-in" among it
      And everything works again once "PORT-CE-02" is open

    @private @needs:nft @needs:unshare @FW-02 @PORT-IN-01 @slow
    Scenario: the firewall to the internet forgets XMPP
      Given the deployment runs
      When the row "PORT-IN-01" of the port reference is closed and opened again
      Then before that everything works through exactly the rows of the tables
      And exactly what the table says fails while "PORT-IN-01" is closed, "chat" among it
      And everything works again once "PORT-IN-01" is open

    @private @needs:nft @needs:unshare @PORT-CU-07 @slow
    Scenario: a firewall inside forgets SIP over TLS to a cluster in mixed mode
      Given the deployment runs
      When the row "PORT-CU-07" of the port reference is closed and opened again
      Then exactly what the table says fails while "PORT-CU-07" is closed, "registration" among it
      And everything works again once "PORT-CU-07" is open

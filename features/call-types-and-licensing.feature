Feature: VCS call types and licensing
  What each call counts as on both VCSs, which licenses and resources it takes, and what happens where none are left.
  The rules and 21 worked examples answer "npx mra licence --list"; here they are seen on the wire.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a Unified CM remote session needs no call license of any kind

    @LIC-02 @LIC-03
    Scenario: Alice calls although no license is installed
      Given both VCSs have 0 traversal and 0 non-traversal licenses
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      And the call on the VCS Control is a "Unified CM remote session"
      And the call on the VCS Expressway is a "Unified CM remote session"
      And both VCSs count 1 remote session, 1 of 150 traversal resources and 0 of 0 traversal licenses

    @LIC-02 @LIC-03
    Scenario: the desk phone calls Alice, and no license is taken
      Given both VCSs have 3 traversal and 2 non-traversal licenses
      And Alice and Carol are signed in
      Then both VCSs count 0 remote sessions, 0 of 150 traversal resources and 0 of 3 traversal licenses
      When Carol calls Alice
      Then the call connects
      And the call on the VCS Expressway is a "Unified CM remote session"
      And both VCSs count 1 remote session, 1 of 150 traversal resources and 0 of 3 traversal licenses
      When Carol hangs up
      Then the call ends at Alice
      And both VCSs count 0 remote sessions, 0 of 150 traversal resources and 0 of 3 traversal licenses

    @LIC-03
    Scenario: licenses that are taken away end no remote session
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      When both VCSs get 0 traversal and 0 non-traversal licenses
      Then Alice and Carol hear each other
      And both VCSs count 1 remote session, 1 of 150 traversal resources and 0 of 0 traversal licenses

  Rule: remote sessions take traversal resources, one each

    @LIC-11
    Scenario: with one place left on the Expressway the board room has to wait
      Given the VCS Expressway has room for 1 call
      And Alice and Carol are signed in
      And Bob and the board room are signed in
      And Alice is in a call with Carol
      When the board room calls Bob
      Then the call fails with "503 Service Unavailable"
      And the refusal at the board room says "Traversal call resource limit reached"
      And no INVITE reaches Bob
      And the VCS Expressway has the alarm "Call capacity limit reached" with the action "Move calls to another system, or add a peer to the cluster"
      And the event log of the VCS Expressway tells "License Limit Reached"
      When Alice hangs up
      Then the call ends at Carol
      And the VCS Expressway has no alarm "Call capacity limit reached"
      When the board room calls Bob
      Then the call connects

    @LIC-11
    Scenario: with one place left on the Control nobody inside reaches the board room
      Given the VCS Control has room for 1 call
      And Alice and Carol are signed in
      And Bob and the board room are signed in
      And Alice is in a call with Carol
      When Bob calls the board room
      Then the call fails with "480 Temporarily Unavailable"
      And the VCS Control has sent "503 Service Unavailable" for the call
      And no INVITE reaches the board room
      And the VCS Control has the alarm "Call capacity limit reached" with the action "Move calls to another system, or add a peer to the cluster"
      When Alice hangs up
      Then the call ends at Carol
      When Bob calls the board room
      Then the call connects

    @LIC-11 @CALL-12
    Scenario: Alice and the board room, both outside, take two places
      Given both VCSs have room for 2 calls
      And Alice and the board room are signed in
      When Alice calls the board room
      Then the call connects
      And both VCSs count 2 remote sessions, 2 of 2 traversal resources and 0 of 100 traversal licenses

    @LIC-11 @CALL-12
    Scenario: one place is not enough for Alice and the board room
      Given both VCSs have room for 1 call
      And Alice and the board room are signed in
      When Alice calls the board room
      Then the call fails with "480 Temporarily Unavailable"
      And the VCS Control has sent "503 Service Unavailable" for the call
      And no INVITE reaches the board room
      And both VCSs count 0 remote sessions, 0 of 1 traversal resources and 0 of 100 traversal licenses

  Rule: whatever ends a call, it gives back what it took

    Scenario: the connection of the board room breaks during a call
      Given Carol and the board room are signed in
      And the board room is in a call with Carol
      When the SIP connection of the board room to the VCS Expressway breaks
      Then the call ends at Carol
      And both VCSs count nothing in use

    Scenario: Alice gives up, Carol is busy, and nobody has the number
      Given Alice and Carol are signed in
      And Carol is busy
      When Alice calls Carol
      Then the call fails with "486 Busy Here"
      When Alice calls the number "1999"
      Then the call fails with "404 Not Found"
      And both VCSs count nothing in use

  Rule: registrations to Unified CM have a limit of their own

    Scenario: there is room for Alice only
      Given both VCSs have room for 1 registration
      And Alice is signed in
      When the board room signs in
      Then the board room receives "503 Service Unavailable"
      And the VCS Expressway has the alarm "Registration limit reached" with the action "Move registrations to another system, or add a peer to the cluster"
      When Alice signs out
      And the board room signs in
      Then the sign-in of the board room succeeds

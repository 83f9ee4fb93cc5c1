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

  Rule: a business-to-business call is a traversal call and takes a license

    @LIC-02 @LIC-04 @LIC-05 @LIC-11
    Scenario: Dave calls Peter of another company with video
      Given SIP devices of the Control and another company
      And both VCSs have 1 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Dave offers video too
      And Peter offers video too
      When Dave calls Peter
      Then the call connects
      And Dave and Peter hear each other
      And the RTP of Dave goes to "vcsc1" and nowhere else
      And the call on the VCS Control is a "VCS traversal call"
      And the call on the VCS Expressway is a "VCS traversal call"
      And both VCSs count 1 of 150 traversal resources and 1 of 1 traversal licenses
      And the VCS Control has the alarm "Call license limit reached" with the action "Add traversal call licences"
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call license limit reached"

    @LIC-06
    Scenario: two audio-only calls share a license, a video call has the other
      Given SIP devices of the Control and another company
      And both VCSs have 2 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Dave is in a call with Peter
      Then both VCSs count 1 of 150 traversal resources and 0.5 of 2 traversal licenses
      Given Dave is in a call with Peter
      Then both VCSs count 2 of 150 traversal resources and 1 of 2 traversal licenses
      Given Dave offers video too
      And Peter offers video too
      When Dave calls Peter
      Then the call connects
      And both VCSs count 3 of 150 traversal resources and 2 of 2 traversal licenses

    @LIC-15 @LIC-16
    Scenario: a voice call with one more m-line counts as video
      Given SIP devices of the Control and another company
      And both VCSs have 2 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Dave is in a call with Peter
      When Dave offers floor control too
      And Dave calls Peter
      Then the call connects
      And both VCSs count 2 of 150 traversal resources and 1.5 of 2 traversal licenses
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"

    @LIC-17 @LIC-18
    Scenario: two audio calls at once do not fit where one after the other they do
      Given SIP devices of the Control and another company
      And both VCSs have 2 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Dave is in a call with Peter
      And Peter answers no calls
      When Dave calls Peter
      Then both VCSs count 2 of 150 traversal resources and 1.5 of 2 traversal licenses
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      When Peter answers
      Then both VCSs count 2 of 150 traversal resources and 1 of 2 traversal licenses
      When Dave calls Peter
      And Peter answers
      Then the call connects
      And both VCSs count 3 of 150 traversal resources and 1.5 of 2 traversal licenses

    @LIC-03 @LIC-11
    Scenario: without licenses Alice can call and Dave cannot
      Given SIP devices of the Control and another company
      And both VCSs have 0 traversal and 0 non-traversal licenses
      And Dave and Peter are signed in
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      When Dave calls Peter
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call license limit reached"

  Rule: a call whose media do not pass the VCS is a non-traversal call

    @LIC-09 @LIC-08
    Scenario: Dave calls Erin, both at the Control
      Given SIP devices of the Control and another company
      And both VCSs have 0 traversal and 1 non-traversal licenses
      And Dave and Erin are signed in
      When Dave calls Erin
      Then the call connects
      And Dave and Erin hear each other
      And the RTP of Dave goes to "erin" and nowhere else
      And the call on the VCS Control is a "VCS non-traversal call"
      And the VCS Control counts 1 of 1 non-traversal licenses and 0 of 150 traversal resources
      When Dave calls Erin
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Non-traversal call license limit reached"

    @LIC-10
    Scenario: a Lync B2BUA call, although its media pass the Control
      Given SIP devices of the Control and another company
      And the VCS Control has a neighbor zone to the Lync server
      And both VCSs have 5 traversal and 1 non-traversal licenses
      And Dave and the Lync server are signed in
      When Dave calls the Lync server
      Then the call connects
      And Dave and the Lync server hear each other
      And the RTP of Dave goes to "vcsc1" and nowhere else
      And the call on the VCS Control is a "VCS non-traversal call"
      And the VCS Control counts 1 of 1 non-traversal licenses and 0 of 150 traversal resources
      When Dave calls the Lync server
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Non-traversal call license limit reached"

    @LIC-21
    Scenario: Unified CM's conference bridge takes the media of Dave's call
      Given SIP devices of the Control and another company
      And both VCSs have 5 traversal and 1 non-traversal licenses
      And Dave and Erin are signed in
      And Bob and Carol are signed in
      When Carol calls the number "dave@example.com"
      Then the call connects at both ends with Dave
      And the RTP of Dave goes to "carol" by now
      When Carol puts the call on hold
      And Carol consults Bob
      And Carol makes it a conference
      Then the RTP of Dave goes to "cucm1" by now
      And the call on the VCS Control is a "VCS non-traversal call"
      And the VCS Control counts 1 of 1 non-traversal licenses and 0 of 150 traversal resources
      When Erin calls Dave
      Then the call fails with "503 Service Unavailable"
      And the refusal at Erin says "Non-traversal call license limit reached"

  Rule: a call through the B2BUA that encrypts media is a traversal call

    @LIC-19
    Scenario: Dave speaks SRTP only, Carol's desk phone RTP only, and the zone wants RTP
      Given SIP devices of the Control and another company
      And the media encryption mode of the zone "UnifiedCmTrunk" on the VCS Control is "Force unencrypted"
      And both VCSs have 1 traversal and 1 non-traversal licenses
      And Dave is signed in
      And Carol is signed in
      And Dave speaks SRTP only
      When Dave calls the number "1003@example.com"
      Then the call connects at both ends with Carol
      And Dave and Carol hear each other
      And the audio of Dave is SRTP
      And the audio of Carol is plain RTP
      And the RTP of Dave goes to "vcsc1" and nowhere else
      And the call on the VCS Control is a "VCS traversal call"
      And the VCS Control counts 1 of 150 traversal resources and 0.5 of 1 traversal licenses
      And the VCS Control counts 0 of 1 non-traversal licenses and 1 of 150 traversal resources
      When Dave calls the number "1003@example.com"
      Then the call fails with "503 Service Unavailable"
      And the refusal at Dave says "Traversal call license limit reached"

    @LIC-19 @LIC-09
    Scenario: both speak RTP, the zone leaves it to them, and nobody has to encrypt
      Given SIP devices of the Control and another company
      And both VCSs have 1 traversal and 1 non-traversal licenses
      And Dave is signed in
      And Carol is signed in
      And Dave takes no encrypted calls and makes none
      When Dave calls the number "1003@example.com"
      Then the call connects at both ends with Carol
      And Dave and Carol hear each other
      And the RTP of Dave goes to "carol" and nowhere else
      And the call on the VCS Control is a "VCS non-traversal call"
      And the VCS Control counts 1 of 1 non-traversal licenses and 0 of 150 traversal resources

  Rule: an interworked call is a traversal call, and audio-only no cheaper

    @LIC-08 @LIC-20
    Scenario: Dave calls through the H.323 gateway
      Given SIP devices of the Control and another company
      And the VCS Control has a neighbor zone to the H.323 gateway
      And both VCSs have 1 traversal and 0 non-traversal licenses
      And Dave and the H.323 gateway are signed in
      When Dave calls the H.323 gateway
      Then the call connects
      And Dave and the H.323 gateway hear each other
      And the RTP of Dave goes to "vcsc1" and nowhere else
      And the call on the VCS Control is a "VCS traversal call"
      And the VCS Control counts 1 of 150 traversal resources and 1 of 1 traversal licenses
      When Dave calls the H.323 gateway
      Then the call fails with "503 Service Unavailable"

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

    Scenario: Peter hangs up, and the other company disappears during a call
      Given SIP devices of the Control and another company
      And Dave and Peter are signed in
      And Dave is in a call with Peter
      When Peter hangs up
      Then the call ends at Dave
      And both VCSs count nothing in use
      Given Dave is in a call with Peter
      When Peter signs out
      Then the call ends at Dave
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

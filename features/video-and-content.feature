Feature: Video and content sharing
  From outside, Jabber sees and is seen, and shares content; media are encrypted as far as the Control.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: an outside client has video calls

    Scenario: Alice at home and Bob in the office see each other
      Given Alice has a camera that shows pictures
      And Bob has a camera that shows pictures
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then Alice and Bob see each other
      And Alice and Bob hear each other

    Scenario: the desk phone has no camera
      Given Alice has a camera that shows pictures
      And Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And Alice sees nobody

    Scenario: a picture that is asked for anew comes, across both VCSs
      Given Alice has a camera that shows pictures
      And Bob has a camera that shows pictures
      And Alice and Bob are signed in
      And Bob is in a call with Alice
      And Alice and Bob see each other
      When Bob asks for a keyframe by FIR
      Then Alice is asked by FIR and Bob gets the keyframe
      When Alice asks for a keyframe by PLI
      Then Bob is asked by PLI and Alice gets the keyframe

  Rule: an outside client shares content

    @JVPN-07
    Scenario: Alice shares content with Bob and stops
      Given Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      When Alice shares content
      Then Bob sees the content of Alice
      And Bob sees the content in "720p"
      When Alice stops sharing
      Then Bob sees no content any more

    @JVPN-07
    Scenario: Bob shares content with Alice, who takes over
      Given Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      When Bob shares content
      Then Alice sees the content of Bob
      When Alice shares content
      Then Bob sees the content of Alice

    @JVPN-07
    Scenario: the board room shows its content to Alice, both outside
      Given Alice has a camera and can share content
      And the board room has a camera and can share content
      And Alice and the board room are signed in
      And the board room is in a call with Alice
      When the board room shares content
      Then Alice sees the content of the board room
      And Alice and the board room see each other

    Scenario: Alice turns the camera of the office
      Given Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      When Alice turns the camera of Bob left
      Then the camera of Bob is turned left

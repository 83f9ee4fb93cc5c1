Feature: Media of calls across the firewall
  RTP as SRTP carries audio, video and content; keys, counters and sources hold for the whole of a call.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: every media line is SRTP outside

    @PROTO-03
    Scenario: a sniffer on the internet sees nothing of a call with content
      Given Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      When Alice shares content
      Then Bob sees the content of Alice
      And audio, video and content are SRTP between Alice and the VCS Expressway, and the same is RTP between the VCS Control and Bob
      And the floor control of Alice and Bob goes through the multiplexed port of the VCS Expressway

    @PROTO-03
    Scenario: Alice's Jabber offers video and content in clear
      Given Alice has a camera and can share content
      And the Jabber of Alice sends its media in clear
      And Alice and Bob are signed in
      When Alice calls Bob
      Then the call fails with "488 Not Acceptable Here"
      And no INVITE reaches Bob
      And no media passes at all

  Rule: keys and counters last as long as the call

    Scenario: Alice's client changes its keys in the middle of a call
      Given Alice has a camera that shows pictures
      And Bob has a camera that shows pictures
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      And Alice and Bob see each other
      When Alice changes the media keys
      Then Alice encrypts with other keys than before and Bob has lost nothing
      And Alice and Bob hear each other

    Scenario: sequence numbers wrap in both directions, and the call is held and resumed behind that
      Given Alice has a camera that shows pictures
      And Bob has a camera that shows pictures
      And the media of Alice begins shortly before its sequence numbers wrap
      And the media of Bob begins shortly before its sequence numbers wrap
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then the sequence numbers of Alice have wrapped, and Bob has lost nothing
      And the sequence numbers of Bob have wrapped, and Alice has lost nothing
      When Alice puts the call on hold
      And Alice resumes the call
      Then Alice and Bob hear each other

  Rule: a stranger's packets are neither learnt, passed on nor answered

    Scenario: a stranger finds the ports of a call with content
      Given Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      And Alice shares content
      And Bob sees the content of Alice
      When a stranger on the internet sends packets to every media port Alice was given
      Then the stranger is not answered, and nothing of it reaches the VCS Control, Alice or Bob
      And Alice and Bob see each other

  Rule: the lines of calls spread over the multiplexed pairs

    @PORT-N-03
    Scenario: a call with content and one without, on Large VMs
      Given both VCSs run on Large VMs
      And Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And the board room and Carol are signed in
      And Alice is in a call with Bob
      And the board room is in a call with Carol
      Then 6 media streams share 6 pairs of multiplexed ports
      And no call has a port of its own in 36000 to 36011
      And session descriptions from the VCS Expressway to Alice name ports 36012 to 59999

    @PORT-N-03
    Scenario: a call with content on another new installation
      Given both VCSs are new installations of X8.1
      And Alice has a camera and can share content
      And Bob has a camera and can share content
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then 5 media streams share 1 pair of multiplexed ports
      And session descriptions from the VCS Expressway to Alice name ports 36002 to 59999

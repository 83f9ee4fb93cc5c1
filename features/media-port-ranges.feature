Feature: Media port ranges
  Where the media of calls goes depends on what the VCSs are: the footnote of the port reference.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a Large VM multiplexes on the first twelve ports of the range

    @PORT-N-03
    Scenario: the calls of a Large VM share six pairs
      Given both VCSs run on Large VMs
      And Alice and Carol are signed in
      And Bob and the board room are signed in
      And Alice is in a call with Carol
      And the board room is in a call with Bob
      Then Alice and Carol hear each other
      And the board room and Bob hear each other
      And the media of 2 calls goes to 2 pairs of multiplexed ports
      And media flows from the VCS Control ports 36012 to 59999 to the VCS Expressway ports 36000 to 36011
      And media flows from the VCS Expressway ports 36012 to 59999 to Alice ports 1024 to 65535
      And session descriptions from the VCS Expressway to the VCS Control name ports 36000 to 36011
      And session descriptions from the VCS Expressway to Alice name ports 36012 to 59999
      And no call has a port of its own in 36000 to 36011

    @PORT-N-03 @PORT-N-01 @PORT-N-02
    Scenario: the calls of another new installation share one
      Given both VCSs are new installations of X8.1
      And Alice and Carol are signed in
      And Bob and the board room are signed in
      And Alice is in a call with Carol
      And the board room is in a call with Bob
      Then Alice and Carol hear each other
      And the board room and Bob hear each other
      And the media of 2 calls goes to 1 pair of multiplexed ports
      And media flows from the VCS Control ports 36002 to 59999 to the VCS Expressway ports 36000 to 36001
      And session descriptions from the VCS Expressway to the VCS Control name ports 36000 to 36001
      And no call has a port of its own in 36000 to 36001

  Rule: an upgraded system keeps its old range

    @PORT-N-04
    Scenario: both VCSs were upgraded from an earlier release
      Given both VCSs were upgraded to X8.1
      And Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And media flows from the VCS Control ports 50002 to 54999 to the VCS Expressway ports 50000 to 50001
      And media flows from the VCS Expressway ports 50002 to 54999 to Alice ports 1024 to 65535
      And media flows from the VCS Control ports 50002 to 54999 to Carol ports 1024 to 65535
      And session descriptions from the VCS Expressway to the VCS Control name ports 50000 to 50001
      And session descriptions from the VCS Expressway to Alice name ports 50002 to 54999
      And no call has a port of its own in 50000 to 50001

    @PORT-N-04 @PORT-N-01
    Scenario: both VCSs are new
      Given both VCSs are new installations of X8.1
      And Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And media flows from the VCS Control ports 36002 to 59999 to the VCS Expressway ports 36000 to 36001
      And session descriptions from the VCS Expressway to the VCS Control name ports 36000 to 36001
      And session descriptions from the VCS Expressway to Alice name ports 36002 to 59999

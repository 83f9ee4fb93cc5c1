Feature: Call bit rate is restricted to 384 kbps, and video issues when using BFCP
  Low limits of the regions hold a video call down, and content with it; raised within and between regions both are well.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P
    And Alice has a camera and can share content
    And Bob has a camera and can share content

  Rule: the region's limit is what the call runs at

    @TRB-384-01
    Scenario: the region was left at 384 kbps
      Given the Maximum Session Bit Rate for Video Calls of the regions "Default" and "Default" is 384 kbps
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then the video call of Alice to Bob may use 384 kbps
      And the call of Alice and Bob measures at most 384 kbps

    @TRB-384-01 @TRB-384-03
    Scenario: the region allows 6000 kbps
      Given the Maximum Session Bit Rate for Video Calls of the regions "Default" and "Default" is 6000 kbps
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then the video call of Alice to Bob may use 6000 kbps
      And the call of Alice and Bob measures more than 384 kbps
      And Bob sees the other side in "720p"

    @slow @TRB-384-03 @CUCM-04
    Scenario: the guide's 6000 kbps are not only allowed but carried
      Given Alice has a camera whose pictures take 5900 kbps
      And Bob has a camera whose pictures take 5900 kbps
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then the call of Alice and Bob measures more than 5000 kbps
      And the call of Alice and Bob measures at most 6000 kbps

  Rule: main video and content share the limit

    @TRB-384-02
    Scenario: at 384 kbps the picture breaks down as soon as content is shared, and the content is no better
      Given the Maximum Session Bit Rate for Video Calls of the regions "Default" and "Default" is 384 kbps
      And the Maximum Audio Bit Rate of the regions "Default" and "Default" is 64 kbps
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then Bob sees the other side in "w288p"
      When Alice shares content
      Then Bob sees the content in "w144p"
      And Bob sees the other side in "w144p"
      And the call of Alice and Bob measures at most 384 kbps

    @TRB-384-02 @TRB-384-03
    Scenario: at 6000 kbps there is enough for both
      Given Alice and Bob are signed in
      And Alice is in a call with Bob
      When Alice shares content
      Then Bob sees the content in "720p"
      And Bob sees the other side in "720p"

  Rule: raised within the regions only, calls between them stay low

    @TRB-384-03
    Scenario: between the two regions the limit was left at 384 kbps
      Given the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Branch" is 6000 kbps
      And the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Default" is 384 kbps
      And the device of Bob is in the region "Branch"
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then the call of Alice and Bob measures at most 384 kbps

    @TRB-384-03
    Scenario: raised between the regions too
      Given the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Branch" is 6000 kbps
      And the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Default" is 6000 kbps
      And the device of Bob is in the region "Branch"
      And Alice and Bob are signed in
      And Alice is in a call with Bob
      Then the call of Alice and Bob measures more than 384 kbps

  Rule: the field issue goes away with the remedy

    @TRB-384-01 @TRB-384-03 @fault:384-region-bit-rate
    Scenario: the regions are lowered to 384 kbps and raised again
      When the field issue "384-region-bit-rate" is reproduced
      Then it is healthy, shows the symptom, and is healthy again

# A drawing program: a plan of thin lines without smoothing, parts dragged over it, a rubber band, zoom and scrolling.
package require Tk
expr {srand(77)}
wm title . "Plan"; wm geometry . 1700x960+60+40
frame .tools -width 60 -bg #c8c8c8; pack .tools -side left -fill y
foreach name {Line Arc Box Text Dim Move Cut} { button .tools.b$name -text $name -width 4; pack .tools.b$name -pady 3 }
label .say -anchor w -font {Courier 11}; pack .say -side bottom -fill x
canvas .c -bg #10141a -highlightthickness 0; pack .c -fill both -expand 1
proc rest {ms} { after $ms {set ::go 1}; vwait ::go }
for {set i 0} {$i < 3000} {incr i 20} { .c create line $i 0 $i 2400 -fill #1c242e; .c create line 0 $i 3000 $i -fill #1c242e }
for {set i 0} {$i < 60} {incr i} {
  set x [expr {int(rand() * 2400)}]; set y [expr {int(rand() * 1600)}]; set w [expr {60 + int(rand() * 260)}]; set h [expr {50 + int(rand() * 200)}]
  set part part[expr {$i % 6}]
  .c create rectangle $x $y [expr {$x + $w}] [expr {$y + $h}] -outline [lindex {#e0e0e0 #56b6c2 #e5c07b #98c379} [expr {$i % 4}]] -tags $part
  .c create oval $x $y [expr {$x + $h}] [expr {$y + $h}] -outline #c678dd -tags $part
  .c create arc $x $y [expr {$x + $w}] [expr {$y + $w}] -extent 90 -style arc -outline #e06c75 -tags $part
  .c create line $x [expr {$y + $h + 14}] [expr {$x + $w}] [expr {$y + $h + 14}] -arrow both -fill #abb2bf -tags $part
  .c create text [expr {$x + $w / 2}] [expr {$y + $h + 24}] -text [format %d.%02d $w $i] -fill #abb2bf -font {Helvetica 10} -tags [list $part label]
}
set round 0
while 1 {
  incr round
  set part part[expr {$round % 6}]; .c itemconfigure "$part&&!label" -width 2
  for {set i 0} {$i < 30} {incr i} { .c move $part [expr {$round % 2 ? 5 : -4}] 3; .say configure -text [format {  move %s  x %4d  y %4d} $part [expr {$i * 5}] [expr {$i * 3}]]; rest 50 }
  .c itemconfigure "$part&&!label" -width 1
  set x [.c canvasx [expr {200 + $round * 37 % 700}]]; set y [.c canvasy 150]
  for {set i 0} {$i < 30} {incr i} { .c delete band; .c create rectangle $x $y [expr {$x + $i * 17}] [expr {$y + $i * 9}] -outline #61afef -dash {4 3} -tags band; rest 50 }
  .c delete band
  for {set i 0} {$i < 12} {incr i} { .c xview scroll 1 units; .c yview scroll [expr {$round % 2}] units; .c configure -xscrollincrement 12 -yscrollincrement 12; rest 60 }
  if {$round % 3 == 0} { set by [expr {$round % 2 ? 1.25 : 0.8}]; for {set i 0} {$i < 3} {incr i} { .c scale all 800 500 $by $by; rest 250 } }
  rest 500
}

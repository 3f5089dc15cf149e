// Work on threads of the fake's own.
#pragma once
#include <functional>

void fakeInBackground(std::function<void()> work);

// Waits until all of it is done, so that what it holds can be counted.
void fakeAwaitBackground();

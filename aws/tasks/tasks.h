// Functions that wait most of their time, without a thread for each.
#pragma once

#include <functional>
#include <memory>

namespace aws {

// A task is a function with a stack of its own. It keeps its thread until it waits: for a Condition
// or a Future, in SleepFor(), or for the end of other tasks. Meanwhile the thread runs other tasks.
// So thousands of launches can be in flight in a handful of threads, and each is still written as
// one function that goes from step to step.
//
// A task must not block its thread for long in any other way (a child process, a system call): it
// would delay the others. InThread() runs such a function.
//
// Based on Boost.Fiber. Sanitizers cannot follow a change of the stack: with them each task is a
// thread.
class Tasks {
 public:
  Tasks();  // runs in the caller's thread, whenever the caller waits
  // Runs in `threads` threads of its own, whose tasks are started in turn.
  // Throws std::system_error if there can be no more threads.
  explicit Tasks(int threads);
  ~Tasks();  // blocks until all tasks have ended
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // Starts `run` as a task. It must not throw. Not thread-safe. If there is no memory for its
  // stack: Tasks() throws std::bad_alloc or std::system_error, and Tasks(threads) runs it on the
  // stack of one of its threads, which starts no other task meanwhile.
  void Start(std::function<void()> run);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs `work` in a thread of its own, and blocks until it has returned. Throws what it throws. If
// there can be no more threads, runs it in the caller's.
void InThread(const std::function<void()>& work);

// A pointer of which each task and each thread has its own, null at first. One of these objects
// lives as long as the process.
class TaskPointer {
 public:
  TaskPointer();
  ~TaskPointer();
  TaskPointer(const TaskPointer&) = delete;
  TaskPointer& operator=(const TaskPointer&) = delete;

  void* Get() const;
  void Set(void* pointer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aws

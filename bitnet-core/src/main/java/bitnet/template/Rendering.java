package bitnet.template;

import bitnet.template.Statement.Branch;
import bitnet.template.Statement.Target;
import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.List;

/** One rendering of a template: executes statements, and collects what they write. */
final class Rendering {
    /** How a list of statements ended. */
    private enum End {
        REACHED,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluation evaluation;
    private PromptText.Builder out = new PromptText.Builder();

    Rendering(Budget budget) {
        this.budget = budget;
        this.evaluation = new Evaluation(budget);
    }

    /** What the statements write. */
    PromptText text(List<Statement> body, Scope scope) {
        PromptText.Builder outer = out;
        out = new PromptText.Builder();
        execute(body, scope);
        budget.text(out.length());
        PromptText text = out.build();
        out = outer;
        return text;
    }

    /** The place in the template that was evaluated last. */
    int at() {
        return evaluation.at();
    }

    private End execute(List<Statement> body, Scope scope) {
        budget.enter();
        for (Statement statement : body) {
            budget.step();
            End end = execute(statement, scope);
            if (end != End.REACHED) {
                budget.leave();
                return end;
            }
        }
        budget.leave();
        return End.REACHED;
    }

    private End execute(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data data -> Literals.print(data.text(), out, budget);
            case Statement.Output output -> {
                Object value = evaluation.value(output.value(), scope);
                evaluation.goTo(output.at());
                Literals.print(value, out, budget);
            }
            case Statement.If choice -> {
                for (Branch branch : choice.branches()) {
                    if (evaluation.truth(branch.condition(), scope)) {
                        return execute(branch.body(), scope);
                    }
                }
                return execute(choice.otherwise(), scope);
            }
            case Statement.For loop -> loop(loop, scope);
            case Statement.Assign assign -> {
                Object value = evaluation.value(assign.value(), scope);
                budget.entry();
                evaluation.goTo(assign.at());
                assign(assign.target(), value, scope);
            }
            case Statement.Capture capture -> {
                PromptText text = text(capture.body(), new Scope(scope));
                budget.entry();
                evaluation.goTo(capture.at());
                assign(capture.target(), text, scope);
            }
            case Statement.Macro macro -> {
                budget.entry();
                scope.set(macro.name(), (Values.Callable) arguments -> call(macro, arguments, scope));
            }
            case Statement.Break _ -> {
                return End.BREAK;
            }
            case Statement.Continue _ -> {
                return End.CONTINUE;
            }
        }
        return End.REACHED;
    }

    private void loop(Statement.For loop, Scope scope) {
        Object iterable = evaluation.value(loop.iterable(), scope);
        evaluation.goTo(loop.at());
        List<?> items = Values.iterate(iterable, budget);
        if (loop.condition() != null) {
            var kept = new ArrayList<Object>();
            for (Object item : items) {
                budget.work(128);
                var inner = new Scope(scope);
                assign(loop.target(), item, inner);
                if (evaluation.truth(loop.condition(), inner)) {
                    budget.element();
                    kept.add(item);
                }
            }
            items = kept;
        }
        if (items.isEmpty()) {
            execute(loop.otherwise(), new Scope(scope));
            return;
        }
        var state = new Loop(items);
        for (int i = 0; i < items.size(); i++) {
            budget.work(128);
            var inner = new Scope(scope);
            state.at(i);
            inner.set("loop", state);
            assign(loop.target(), items.get(i), inner);
            if (execute(loop.body(), inner) == End.BREAK) {
                break;
            }
        }
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.Member(String name, PromptText attribute) -> {
                if (!(Values.defined(scope.get(name, budget)) instanceof Values.Namespace namespace)) {
                    throw new TemplateError("'" + name + "' is not a namespace, so its members cannot be set");
                }
                namespace.members().put(attribute, value);
            }
            case Target.Several(List<Target> targets) -> {
                List<?> values = Values.iterate(value, budget);
                if (values.size() != targets.size()) {
                    throw new TemplateError(values.size() + " values for " + targets.size() + " names");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    private Object call(Statement.Macro macro, CallArguments given, Scope definedIn) {
        CallArguments arguments = given.bind(macro.parameters());
        budget.entries(macro.parameters().size());
        var scope = new Scope(definedIn);
        for (int i = 0; i < macro.parameters().size(); i++) {
            String parameter = macro.parameters().get(i);
            Expression otherwise = macro.defaults().get(i);
            Object value = arguments.named().get(parameter);
            if (value == null) {
                value = otherwise == null ? new Undefined(parameter) : evaluation.value(otherwise, scope);
            }
            scope.set(parameter, value);
        }
        return text(macro.body(), scope);
    }
}
